"""An operation's formula and its gradient rules, written as a student writes them: `X·W`,
`max{0, Z}`, `· 1 if Z > 0`. Nothing here knows cards or colours.
"""
