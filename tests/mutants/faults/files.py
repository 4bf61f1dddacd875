"""Files: one writer, bounded readers, downloads, and the data drawn anew."""

from .fault import fault

# The writer

fault(
    "file: half written takes the name",
    "files.py",
    "    except BaseException:                      # Ctrl-C too\n        with suppress(OSError):\n"
    "            part.unlink()\n        raise\n",
    "    finally:\n        os.replace(part, target)\n",
    "test_a_failed_save_leaves_the_old_file_and_no_other",
)
fault(
    "file: half written is left behind",
    "files.py",
    "        with suppress(OSError):\n            part.unlink()\n        raise\n",
    "        raise\n",
    "test_a_failed_save_leaves_the_old_file_and_no_other",
)
fault(
    "file: Ctrl-C leaves it behind",
    "files.py",
    "except BaseException:                      # Ctrl-C too",
    "except Exception:",
    "test_a_failed_save_leaves_the_old_file_and_no_other",
)
fault(
    "file: not synced",
    "files.py",
    "os.fsync(file.fileno())",
    "pass",
    "test_the_file_is_synced_before_it_has_the_name_and_the_folder_after",
)
fault(
    "file: its folder not synced",
    "files.py",
    "    _sync(target.parent)\n",
    "",
    "test_the_file_is_synced_before_it_has_the_name_and_the_folder_after",
)
fault(
    "file: a folder that cannot be synced is an error",
    "files.py",
    "(errno.EINVAL, errno.ENOTSUP, errno.EBADF)",
    "()",
    "test_a_file_system_that_syncs_no_folders_is_no_error",
)
fault(
    "file: the mode is a new file's",
    "files.py",
    "    os.fchmod(file.fileno(), mode)\n",
    "",
    "test_the_mode_of_the_file_that_is_replaced_stays",
)
fault(
    "file: a secret can be read while it is written",
    "files.py",
    "0o600 if secret else 0o666",
    "0o666",
    "test_what_replaces_a_secret_is_secret_while_it_is_written",
)
fault(
    "file: a foreign group may write",
    "files.py",
    "mode = mode & ~0o070 | (mode & 0o007) << 3",
    "pass",
    "test_the_owner_stays_or_the_group_gains_nothing",
)
fault(
    "file: read-only is replaced",
    "files.py",
    "if not os.access(target, os.W_OK):",
    "if False:",
    "test_a_file_that_may_only_be_read_is_not_replaced",
)
fault(
    "file: a link is replaced",
    "files.py",
    "target = Path(os.path.realpath(path))",
    "target = Path(path)",
    "test_a_link_is_followed_and_stays",
    "test_links_of_links_and_to_what_is_not_there_yet",
)
fault(
    "file: a device is replaced",
    "files.py",
    '        _regular(standing, path, "replaced")\n',
    "",
    "test_a_pipe_a_socket_a_folder_and_a_device_are_refused",
)
fault(
    "file: a pipe is read",
    "files.py",
    '        _regular(os.fstat(file.fileno()), path, "read")\n',
    "        pass\n",
    "test_what_is_no_file_is_not_read",
)
fault(
    "file: the error names the part",
    "files.py",
    "            error.filename = os.fspath(path)",
    "            pass",
    "test_the_error_names_the_path_that_was_given",
)
fault(
    "file: leftovers stay",
    "files.py",
    "            _clear(target.parent, file)\n",
    "",
    "test_what_a_killed_run_left_is_cleared_and_what_a_living_one_writes_is_not",
)
fault(
    "file: what another writes is cleared",
    "files.py",
    "        if free or (free is None and",
    "        if True or (",
    "test_what_a_killed_run_left_is_cleared_and_what_a_living_one_writes_is_not",
)
fault(
    "file: without locks all is cleared",
    "files.py",
    "found.st_mtime < mine.st_mtime - _DAY",
    "True",
    "test_where_there_are_no_locks_only_what_is_a_day_old_is_cleared",
)
fault(
    "file: links that look like ours are cleared",
    "files.py",
    "not stat.S_ISREG(found.st_mode) or found.st_uid",
    "found.st_uid",
    "test_only_ones_own_parts_are_cleared",
)
fault(
    "file: a part lost before its lock is written to",
    "files.py",
    "if _locked(file) is not False and part.exists():",
    "if True:",
    "test_a_part_cleared_before_it_was_locked_is_written_under_another_name",
)

# Archives

fault(
    "archive: any size is read",
    "weights.py",
    "data = read_at_most(member, size)",
    "data = member.read()",
    "test_an_archive_that_unpacks_to_more_than_the_model_is_not_unpacked",
    "test_more_or_fewer_numbers_than_the_shape_says",
    "test_a_long_array_is_inflated_in_pieces_and_whole",
)
fault(
    "archive: what inflates in one piece is read",
    "weights.py",
    "if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):",
    "if False:",
    "test_what_inflates_in_one_piece_is_refused_though_it_is_right",
)
fault(
    "archive: inflated without a model",
    "weights.py",
    "if not compressed and entry.compress_type != zipfile.ZIP_STORED:",
    "if False:",
    "test_a_bomb_is_not_inflated",
    "test_what_savez_compressed_wrote_is_read",
)
fault(
    "archive: the last of doubled members counts",
    "weights.py",
    "for name, count in Counter(names).items() if count > 1",
    "for name, count in Counter(names).items() if False",
    "test_doubled_members_are_refused",
)
fault(
    "archive: names as zipfile mends them",
    "weights.py",
    "entry.orig_filename.removesuffix",
    "entry.filename.removesuffix",
    "test_a_name_cut_at_its_nul_is_not_the_shorter_name",
)
fault(
    "archive: a name is cut at its NUL",
    "weights.py",
    'if entry.filename != f"{name}.npy":',
    "if False:",
    "test_a_name_that_an_archive_cannot_hold_is_refused_when_saved",
)
fault(
    "archive: a directory of any size",
    "weights.py",
    "if size > self.most:",
    "if False:",
    "test_a_directory_of_a_million_members_is_not_read",
)
fault(
    "archive: a header of any length",
    "weights.py",
    "if length > MOST_HEADER:",
    "if False:",
    "test_hostile_headers",
)
fault(
    "archive: any dtype is read",
    "weights.py",
    'if dtype.kind not in "biufcU":',
    "if False:",
    "test_hostile_headers",
    "test_pickles_are_not_read",
)
fault(
    "archive: any dtype is taken",
    "weights.py",
    "if not fits(found[name][1], like[name][1])]",
    "if False]",
    "test_another_models_file",
    "test_what_does_not_fit_changes_nothing",
)
fault(
    "archive: any shape is taken",
    "weights.py",
    "if found[name][0] != like[name][0]]",
    "if False]",
    "test_another_models_file",
    "test_what_does_not_fit_changes_nothing",
)
fault(
    "archive: names may lack",
    "weights.py",
    "if lacking:",
    "if False:",
    "test_another_models_file",
    "test_all_that_does_not_fit_is_named_at_once",
)
fault(
    "archive: names may be too many",
    "weights.py",
    "if foreign:",
    "if False:",
    "test_another_models_file",
    "test_all_that_does_not_fit_is_named_at_once",
)
fault(
    "archive: numbers left over, checksum not compared",
    "weights.py",
    "if len(data) < size or member.read(1):",
    "if len(data) < size:",
    "test_a_shorter_header_is_noticed",
    "test_more_or_fewer_numbers_than_the_shape_says",
    "test_damage_is_refused_or_did_no_harm",
)
fault(
    "archive: Fortran's order ignored",
    "weights.py",
    'order="F" if fortran else "C"',
    'order="C"',
    "test_an_array_in_fortran_order_comes_back",
)
fault(
    "archive: truth values of 2",
    "weights.py",
    'if dtype.kind == "b" and',
    "if False and",
    "test_truth_values_that_are_neither",
)

# Data sets

fault(
    "download: no end",
    "datasets/download.py",
    "thread.join(seconds)",
    "thread.join(50 * seconds + 9)",
    "test_a_server_that_drips_is_given_up_when_the_time_is_over",
)
fault(
    "download: a server gives orders to the terminal",
    "datasets/download.py",
    'c if c.isprintable() else "?" for c in text[:most]',
    "c for c in text[:most]",
    "test_what_a_server_says_does_not_reach_the_terminal_as_orders",
)
fault(
    "download: a server writes a page",
    "datasets/download.py",
    "for c in text[:most]",
    "for c in text",
    "test_what_a_server_says_does_not_reach_the_terminal_as_orders",
)
fault(
    "cache: what is damaged stays",
    "datasets/fashion_mnist.py",
    "[*_missing(folder), *_damaged(folder)]",
    "_missing(folder)",
    "test_what_is_damaged_in_the_cache_is_fetched_anew",
)
fault(
    "cache: a user's folder is mended",
    "datasets/fashion_mnist.py",
    "if _meant(path) is not None or folder != _cache():",
    "if False:",
    "test_a_damaged_folder_of_the_users_is_not_mended",
)
fault(
    "cache: a home is needed",
    "datasets/fashion_mnist.py",
    "if folder and not _missing(folder)",
    "if not _missing(folder)",
    "test_without_a_home_the_data_that_are_there_are_read",
)
fault(
    "cache: without a home the working folder",
    "datasets/fashion_mnist.py",
    "if os.path.isabs(cache) else None",
    "",
    "test_without_a_home_and_data_the_way_out_is_said",
)
fault(
    "data: dotted names are not found",
    "datasets/fashion_mnist.py",
    'name.replace("-idx", ".idx"))',
    "name)",
    "test_names_with_dots_are_found",
)
fault(
    "moons: both alike",
    "datasets/points.py",
    "0.5 - np.sin(t)",
    "np.sin(t)",
    "test_moons_without_noise_are_half_circles",
)
fault(
    "points: the classes in order",
    "datasets/points.py",
    "rng.permutation(np.arange(n, dtype=np.int64) % classes)",
    "np.arange(n, dtype=np.int64) * classes // n",
    "test_classes_are_as_even_as_can_be_and_in_no_order",
)
fault(
    "points: a column is a row",
    "datasets/points.py",
    "label.astype(np.float32)[:, None]",
    "label.astype(np.float32)",
    "test_shapes_and_dtypes",
)
fault(
    "labels: -1 is the last class",
    "labels.py",
    "labels[(labels < 0) | (labels >= num_classes)]",
    "labels[labels >= num_classes]",
    "test_what_are_no_labels",
)
