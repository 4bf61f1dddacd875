// What a program in JavaScript calls: one function for each primitive, on arrays {shape, data} in row-major order.
// Booleans are 0 and 1, integers are whole numbers. A plain number is an array of no axes. It depends on nothing.

/** @typedef {{shape: number[], data: Float64Array}} Tensor */

const size = shape => shape.reduce((n, k) => n * k, 1);
const make = (shape, data = new Float64Array(size(shape))) => ({shape, data});
const array = (data, shape) => make(shape, Float64Array.from(data));
const filled = (value, shape) => make(shape, new Float64Array(size(shape)).fill(value));
const A = x => typeof x === "number" ? make([], Float64Array.of(x)) : x;

function stridesOf(shape) {
  const strides = new Array(shape.length);
  for (let k = shape.length - 1, n = 1; k >= 0; n *= shape[k--]) strides[k] = n;
  return strides;
}

/** The shape that shapes broadcast to. */
function broadcast(...shapes) {
  const rank = Math.max(...shapes.map(s => s.length));
  return Array.from({length: rank}, (_, k) => {
    const ns = shapes.map(s => s[k - rank + s.length] ?? 1).filter(n => n !== 1);
    if (ns.some(n => n !== ns[0])) throw new Error(`shapes ${shapes.join(" and ")} do not broadcast`);
    return ns.length ? ns[0] : 1;
  });
}

/** The place in x of each entry of an array of a shape that x broadcasts to. */
function places(x, shape) {
  const own = stridesOf(x.shape), shift = shape.length - x.shape.length;
  return walk(shape, shape.map((_, k) => k < shift || x.shape[k - shift] === 1 ? 0 : own[k - shift]), 0);
}

/** Offsets of all entries, in order, where a step along axis k is strides[k]. */
function walk(shape, strides, offset) {
  let found = [offset];
  shape.forEach((n, k) => {
    const next = new Array(found.length * n);
    for (let i = 0, at = 0; i < found.length; i++) for (let j = 0; j < n; j++) next[at++] = found[i] + j * strides[k];
    found = next;
  });
  return found;
}

const map = f => x => { x = A(x); return make(x.shape, x.data.map(f)); };

function map2(f) {
  return (a, b) => {
    a = A(a); b = A(b);
    const shape = broadcast(a.shape, b.shape), out = make(shape), n = out.data.length;
    if (a.data.length === n && b.data.length === n) for (let i = 0; i < n; i++) out.data[i] = f(a.data[i], b.data[i]);
    else {
      const p = places(a, shape), q = places(b, shape);
      for (let i = 0; i < n; i++) out.data[i] = f(a.data[p[i]], b.data[q[i]]);
    }
    return out;
  };
}

// Entry by entry

const rounded = v => {
  const low = Math.floor(v), d = v - low;
  return d < .5 ? low : d > .5 ? low + 1 : low % 2 === 0 ? low : low + 1;
};
const modulo = (a, b) => { const r = a % b; return r !== 0 && (r < 0) !== (b < 0) ? r + b : r; };
const fround = map(Math.fround);
const negative = map(v => -v), positive = map(v => v), absolute = map(Math.abs), sign = map(Math.sign);
const square = map(v => v * v), reciprocal = map(v => 1 / v), sqrt = map(Math.sqrt), cbrt = map(Math.cbrt);
const exp = map(Math.exp), exp2 = map(v => 2 ** v), expm1 = map(Math.expm1), log = map(Math.log);
const log2 = map(Math.log2), log10 = map(Math.log10), log1p = map(Math.log1p);
const sin = map(Math.sin), cos = map(Math.cos), tan = map(Math.tan), arcsin = map(Math.asin), arccos = map(Math.acos);
const arctan = map(Math.atan), sinh = map(Math.sinh), cosh = map(Math.cosh), tanh = map(Math.tanh);
const arcsinh = map(Math.asinh), arccosh = map(Math.acosh), arctanh = map(Math.atanh);
const floor = map(Math.floor), ceil = map(Math.ceil), trunc = map(Math.trunc), rint = map(rounded);
const round = (x, decimals) => map(v => Number.isFinite(v) ? rounded(v * 10 ** decimals) / 10 ** decimals : v)(x);
const isnan = map(v => +Number.isNaN(v)), isinf = map(v => +(Math.abs(v) === Infinity)), isfinite = map(v => +Number.isFinite(v));
const logical_not = map(v => +(v === 0)), invert = map(v => -v - 1), truth = map(v => +(v !== 0));
const add = map2((a, b) => a + b), subtract = map2((a, b) => a - b), multiply = map2((a, b) => a * b);
const divide = map2((a, b) => a / b), floor_divide = map2((a, b) => {
  if (b === 0) return a / b;
  const r = a % b, d = (a - r) / b - (r !== 0 && (r < 0) !== (b < 0)), low = Math.floor(d);
  return d - low > .5 ? low + 1 : low;
});
const remainder = map2(modulo), power = map2((a, b) => a === 1 || b === 0 ? 1 : a ** b);
const maximum = map2(Math.max), minimum = map2(Math.min), arctan2 = map2(Math.atan2), hypot = map2(Math.hypot);
const logaddexp = map2((a, b) => a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))));
const less = map2((a, b) => +(a < b)), less_equal = map2((a, b) => +(a <= b)), greater = map2((a, b) => +(a > b));
const greater_equal = map2((a, b) => +(a >= b)), equal = map2((a, b) => +(a === b)), not_equal = map2((a, b) => +(a !== b));
const logical_and = map2((a, b) => +(a !== 0 && b !== 0)), logical_or = map2((a, b) => +(a !== 0 || b !== 0));
const logical_xor = map2((a, b) => +((a !== 0) !== (b !== 0)));
const bitwise_and = map2((a, b) => a & b), bitwise_or = map2((a, b) => a | b), bitwise_xor = map2((a, b) => a ^ b);
const clip = (x, low, high) => map(v => Number.isNaN(v) ? v : Math.min(Math.max(v, low ?? -Infinity), high ?? Infinity))(x);

function where(mask, a, b) {
  mask = A(mask); a = A(a); b = A(b);
  const shape = broadcast(mask.shape, a.shape, b.shape), [m, p, q] = [mask, a, b].map(x => places(x, shape));
  return make(shape, Float64Array.from(m, (at, i) => mask.data[at] !== 0 ? a.data[p[i]] : b.data[q[i]]));
}

/** erfc(x): a series where x is small, a continued fraction where it is large. */
function erfc(x) {
  if (Number.isNaN(x)) return x;
  if (x < 0) return 2 - erfc(-x);
  if (x > 27.5) return 0;
  if (x < 2) {
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) { term *= -x * x / n; sum += term / (2 * n + 1); if (n > 200) break; }
    return 1 - 2 / Math.sqrt(Math.PI) * sum;
  }
  let f = x;
  for (let n = 120; n > 0; n--) f = x + n / 2 / f;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / f;
}
const normal_cdf = map(v => erfc(-v * Math.SQRT1_2) / 2);

// Moving entries

const reshaped = (x, shape) => make(shape, A(x).data);
const strided = (x, shape, strides, offset) => picked(x, walk(shape, strides, offset), shape, 0);
/** The entry of x that each number of a table names; -1 names the fill. */
const picked = (x, table, shape, fill) => { x = A(x); return make(shape, Float64Array.from(table, k => k < 0 ? fill : x.data[k])); };
/** Zeros, with the k-th entry of v added at the k-th number of a table; -1 is no place. */
function scattered(v, table, shape) {
  const out = make(shape);
  A(v).data.forEach((value, k) => { if (table[k] >= 0) out.data[table[k]] += value; });
  return out;
}
const scatter_to_numbers = (g, numbers, shape) => scattered(g, A(numbers).data, shape);
const numbers = shape => make(shape, Float64Array.from({length: size(shape)}, (_, k) => k));

function concatenate(xs, axis) {
  xs = xs.map(A);
  if (axis === null) { xs = xs.map(x => reshaped(x, [x.data.length])); axis = 0; }
  const shape = [...xs[0].shape], outer = size(shape.slice(0, axis));
  shape[axis] = xs.reduce((n, x) => n + x.shape[axis], 0);
  const out = make(shape), widths = xs.map(x => x.data.length / (outer || 1));
  for (let i = 0, at = 0; i < outer; i++) xs.forEach((x, k) => {
    out.data.set(x.data.subarray(i * widths[k], (i + 1) * widths[k]), at);
    at += widths[k];
  });
  return out;
}
const stack = (xs, axis) => concatenate(xs.map(A).map(x => reshaped(x, x.shape.toSpliced ? x.shape.toSpliced(axis, 0, 1) : [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)])), axis);

// Along axes

/** The entries of x over some axes, as one list for each entry of what is left. */
function groups(x, axes) {
  x = A(x);
  const strides = stridesOf(x.shape), kept = x.shape.map((_, k) => k).filter(k => !axes.includes(k));
  const pick = (list, ks) => ks.map(k => list[k]);
  const starts = walk(pick(x.shape, kept), pick(strides, kept), 0), inside = walk(pick(x.shape, axes), pick(strides, axes), 0);
  return starts.map(start => Float64Array.from(inside, d => x.data[start + d]));
}
const left = (shape, axes, keep) => shape.map((n, k) => axes.includes(k) ? 1 : n).filter((_, k) => keep || !axes.includes(k));
const reduction = f => (x, axes, keep, ...rest) => make(left(A(x).shape, axes, keep), Float64Array.from(groups(x, axes), v => f(v, ...rest)));

/** Pairs of halves, as NumPy adds: the rounding of long sums stays small. */
function total(v, a = 0, b = v.length) {
  if (b - a <= 32) { let s = 0; for (let i = a; i < b; i++) s += v[i]; return s; }
  const middle = (a + b) >> 1;
  return total(v, a, middle) + total(v, middle, b);
}
const average = v => total(v) / v.length;
const variance = (v, ddof) => { const m = average(v); return total(v.map(x => (x - m) ** 2)) / (v.length - ddof); };
const extreme = better => v => {
  let at = 0;
  for (let i = 1; i < v.length && !Number.isNaN(v[at]); i++) if (better(v[i], v[at]) || Number.isNaN(v[i])) at = i;
  return at;
};
const most = extreme((a, b) => a > b), least = extreme((a, b) => a < b);
const sum = reduction(v => total(v)), mean = reduction(average), prod = reduction(v => v.reduce((a, b) => a * b, 1));
const max = reduction((v, initial) => v.reduce((a, b) => Math.max(a, b), initial ?? -Infinity));
const min = reduction((v, initial) => v.reduce((a, b) => Math.min(a, b), initial ?? Infinity));
const variance_over = reduction(variance), std = reduction((v, ddof) => Math.sqrt(variance(v, ddof)));
const norm = reduction(v => Math.sqrt(total(v.map(x => x * x))));
const all = reduction(v => +v.every(x => x !== 0)), any = reduction(v => +v.some(x => x !== 0));
const argmax = reduction(most), argmin = reduction(least);

/** f on each list along an axis, its results in their places. */
function along(x, axis, f) {
  x = A(x);
  const out = make(x.shape), strides = stridesOf(x.shape);
  const [places_, lists] = [groups(numbers(x.shape), [axis]), groups(x, [axis])];
  lists.forEach((v, k) => f(v).forEach((value, i) => { out.data[places_[k][i]] = value; }));
  return out;
}
const running = f => v => { let s = v[0]; return v.map((x, i) => i ? (s = f(s, x)) : x); };
const cumsum = (x, axis) => along(x, axis, running((a, b) => a + b)), cumprod = (x, axis) => along(x, axis, running((a, b) => a * b));
const order = v => Array.from(v.keys()).sort((i, j) => v[i] < v[j] ? -1 : v[i] > v[j] ? 1 : Number.isNaN(v[i]) - Number.isNaN(v[j]) || i - j);
const argsort = (x, axis) => along(x, axis, order), sort = (x, axis) => along(x, axis, v => order(v).map(i => v[i]));
const sorted_numbers = (x, axis) => axis === null ? argsort(reshaped(x, [A(x).data.length]), 0) : take_along_axis(numbers(A(x).shape), argsort(x, axis), axis);

function take(x, indices, axis) {
  x = A(x); indices = A(indices);
  if (axis === null) { x = reshaped(x, [x.data.length]); axis = 0; }
  const n = x.shape[axis], outer = size(x.shape.slice(0, axis)), inner = size(x.shape.slice(axis + 1)), m = indices.data.length;
  const out = make([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
  for (let i = 0, at = 0; i < outer; i++) for (let j = 0; j < m; j++) {
    const k = indices.data[j] < 0 ? indices.data[j] + n : indices.data[j];
    for (let l = 0; l < inner; l++) out.data[at++] = x.data[(i * n + k) * inner + l];
  }
  return out;
}
function take_along_axis(x, indices, axis) {
  x = A(x); indices = A(indices);
  if (axis === null) { x = reshaped(x, [x.data.length]); axis = 0; }
  const shape = broadcast(x.shape.map((n, k) => k === axis ? 1 : n), indices.shape.map((n, k) => k === axis ? 1 : n));
  shape[axis] = indices.shape[axis];
  const strides = stridesOf(x.shape), at = places(indices, shape), n = x.shape[axis];
  const base = walk(shape, shape.map((_, k) => k === axis || x.shape[k] === 1 ? 0 : strides[k]), 0);
  return make(shape, Float64Array.from(base, (p, i) => { const k = indices.data[at[i]]; return x.data[p + (k < 0 ? k + n : k) * strides[axis]]; }));
}
const take_x = (g, indices, axis, shape) => scatter_to_numbers(g, take(numbers(shape), indices, axis), shape);

// Losses

const pick = (z, t) => { const n = z.shape.at(-1); return make(z.shape.slice(0, -1), Float64Array.from(A(t).data, (k, i) => z.data[i * n + k])); };
const one_hot = (t, z) => { const n = z.shape.at(-1), out = make(z.shape); A(t).data.forEach((k, i) => { out.data[i * n + k] = 1; }); return out; };
const labelled_loss = map2((t, loss) => t === 0 ? t * 0 : t * loss);

// Products and systems

function matmul(a, b) {
  const flatA = a.shape.length === 1, flatB = b.shape.length === 1;
  if (flatA) a = reshaped(a, [1, a.shape[0]]);
  if (flatB) b = reshaped(b, [b.shape[0], 1]);
  const [n, k] = a.shape.slice(-2), m = b.shape.at(-1), outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const p = places({shape: a.shape.slice(0, -2)}, outer), q = places({shape: b.shape.slice(0, -2)}, outer);
  const out = make([...outer, n, m]);
  p.forEach((_, s) => {
    const x = a.data.subarray(p[s] * n * k), y = b.data.subarray(q[s] * k * m), z = out.data.subarray(s * n * m);
    for (let i = 0; i < n; i++) for (let l = 0; l < k; l++) {
      const v = x[i * k + l];
      for (let j = 0; j < m; j++) z[i * m + j] += v * y[l * m + j];
    }
  });
  return reshaped(out, [...outer, ...(flatA ? [] : [n]), ...(flatB ? [] : [m])]);
}
const outer = (a, b) => { a = A(a); b = A(b); return matmul(reshaped(a, [a.data.length, 1]), reshaped(b, [1, b.data.length])); };

/** Einstein's sum: a word of letters for each array, and one for the result. */
function einsum(words, target, ...xs) {
  xs = xs.map(A);
  const n = {};
  words.forEach((w, i) => [...w].forEach((c, k) => { if ((n[c] ?? 1) === 1) n[c] = xs[i].shape[k]; }));
  const letters = [...target, ...Object.keys(n).filter(c => !target.includes(c))], shape = letters.map(c => n[c]);
  const at = xs.map((x, i) => {
    const strides = stridesOf(x.shape);
    return walk(shape, letters.map(c => [...words[i]].reduce((s, d, k) => s + (d === c && x.shape[k] !== 1 ? strides[k] : 0), 0)), 0);
  });
  const out = make([...target].map(c => n[c])), inner = size(shape.slice(target.length));
  for (let i = 0, k = 0; i < out.data.length; i++) for (let j = 0; j < inner; j++, k++)
    out.data[i] += xs.reduce((v, x, l) => v * x.data[at[l][k]], 1);
  return out;
}

/** Elimination with the largest pivots on one matrix beside right-hand sides, in place. The pivots are on a's diagonal;
 *  returns 1 or -1 by the number of exchanged rows, and 0 for a singular matrix. */
function eliminate(a, n, b, m) {
  let parity = 1;
  for (let c = 0; c < n; c++) {
    let p = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(a[r * n + c]) > Math.abs(a[p * n + c])) p = r;
    if (a[p * n + c] === 0) return 0;
    if (p !== c) {
      parity = -parity;
      for (let k = 0; k < n; k++) [a[c * n + k], a[p * n + k]] = [a[p * n + k], a[c * n + k]];
      for (let k = 0; k < m; k++) [b[c * m + k], b[p * m + k]] = [b[p * m + k], b[c * m + k]];
    }
    for (let r = c + 1; r < n; r++) {
      const f = a[r * n + c] / a[c * n + c];
      for (let k = c; k < n; k++) a[r * n + k] -= f * a[c * n + k];
      for (let k = 0; k < m; k++) b[r * m + k] -= f * b[c * m + k];
    }
  }
  for (let c = n - 1; c >= 0; c--) for (let k = 0; k < m; k++) {
    let s = b[c * m + k];
    for (let j = c + 1; j < n; j++) s -= a[c * n + j] * b[j * m + k];
    b[c * m + k] = s / a[c * n + c];
  }
  return parity;
}
/** What f makes of the pivots and the parity of each matrix. */
const by_pivots = f => x => {
  const n = x.shape.at(-1), out = make(x.shape.slice(0, -2));
  for (let i = 0; i < out.data.length; i++) {
    const a = x.data.slice(i * n * n, (i + 1) * n * n), parity = eliminate(a, n, [], 0);
    out.data[i] = f(Array.from({length: n}, (_, k) => a[k * n + k]), parity);
  }
  return out;
};
const det = by_pivots((pivots, parity) => parity && pivots.reduce((p, v) => p * v, parity));
const det_sign = by_pivots((pivots, parity) => pivots.reduce((s, v) => s * Math.sign(v), parity));
const log_abs_det = by_pivots((pivots, parity) => parity === 0 ? -Infinity : pivots.reduce((s, v) => s + Math.log(Math.abs(v)), 0));
function cholesky(x) {
  const n = x.shape.at(-1), out = make(x.shape);
  for (let o = 0; o < out.data.length; o += n * n) for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) {
    let s = x.data[o + i * n + j];
    for (let k = 0; k < j; k++) s -= out.data[o + i * n + k] * out.data[o + j * n + k];
    if (i === j && !(s > 0)) throw new Error("Matrix is not positive definite");
    out.data[o + i * n + j] = i === j ? Math.sqrt(s) : s / out.data[o + j * n + j];
  }
  return out;
}
function solve(a, b) {
  const flat = b.shape.length === 1;
  if (flat) b = reshaped(b, [b.shape[0], 1]);
  const n = a.shape.at(-1), m = b.shape.at(-1), outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const p = places({shape: a.shape.slice(0, -2)}, outer), q = places({shape: b.shape.slice(0, -2)}, outer), out = make([...outer, n, m]);
  p.forEach((_, s) => {
    const y = b.data.slice(q[s] * n * m, (q[s] + 1) * n * m);
    if (eliminate(a.data.slice(p[s] * n * n, (p[s] + 1) * n * n), n, y, m) === 0 && n) throw new Error("Singular matrix");
    out.data.set(y, s * n * m);
  });
  return flat ? reshaped(out, [...outer, n]) : out;
}
const inv = x => solve(x, { shape: x.shape.slice(-2), data: Float64Array.from({length: x.shape.at(-1) ** 2}, (_, k) => +(k % (x.shape.at(-1) + 1) === 0)) });
