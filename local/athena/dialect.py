"""Trino's meaning in DuckDB's words: rewrites of the syntax tree where sqlglot's translation alone answers differently.

Where DuckDB's answer depends on operand types that are only known when it binds the query, the rewrite calls one of
MACROS, whose branches on `typeof` are folded away at binding; `cast_to_type(x, y)` casts x to whatever type y has.
"""

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError, UnsupportedError

from local.athena.failures import QueryFailed, line_and_column
from local.athena.patterns import strftime_pattern

# Trino keeps the operands' type: whole numbers truncate, decimals keep the larger scale and round half up. The factor
# lifts quotients that binary doubles hold just under a tie; it is exact for results of up to 15 digits.
MACROS = (
    """CREATE MACRO trino_divide(a, b) AS CASE WHEN starts_with(typeof(a + b), 'DECIMAL')
         THEN cast_to_type(CAST(a // b AS DOUBLE) * (1 + 1e-15), a + b) ELSE cast_to_type(a // b, a + b) END""",
    # list_median has the type that Trino's avg has: decimals stay decimals, whole numbers become doubles.
    """CREATE MACRO trino_average(mean, any_one) AS CASE WHEN starts_with(typeof(any_one), 'DECIMAL')
         THEN cast_to_type(mean * (1 + 1e-15), list_median([any_one]))
         ELSE cast_to_type(mean, list_median([any_one])) END""",
    """CREATE MACRO trino_minus(a, b) AS CASE WHEN typeof(a) = 'DATE' AND typeof(b) = 'DATE'
         THEN error('date minus date is an interval: say date_diff(''day'', from, to)') ELSE a - b END""",
    """CREATE MACRO trino_split_part(text, delimiter, i) AS
         CASE WHEN i <= len(str_split(text, delimiter)) THEN split_part(text, delimiter, i) END""",
    "CREATE MACRO valid_json(text) AS CASE WHEN json_valid(CAST(text AS VARCHAR)) THEN CAST(text AS VARCHAR) END",
    """CREATE MACRO trino_json_scalar(text, path) AS
         CASE WHEN json_type(valid_json(text), path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
         THEN json_extract_string(valid_json(text), path) END""",
    """CREATE MACRO trino_slice(a, start, length) AS list_slice(a, start,
         CASE WHEN start < 0 AND start + length - 1 >= 0 THEN -1 ELSE start + length - 1 END)""",
    """CREATE MACRO to_iso8601(x) AS CASE typeof(x) WHEN 'DATE' THEN strftime(x, '%Y-%m-%d')
         WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(x, '%Y-%m-%dT%H:%M:%S.%gZ')
         ELSE strftime(x, '%Y-%m-%dT%H:%M:%S.%g') END""",
    "CREATE MACRO json_array_get(x, i) AS json_extract(x, '$[' || i || ']')",
    "CREATE MACRO json_array_contains(x, v) AS list_contains(CAST(x AS JSON[]), to_json(v))",
    "CREATE MACRO zip(a, b) AS list_zip(a, b)",
    "CREATE MACRO url_extract_host(x) AS nullif(regexp_extract(x, '^[a-zA-Z][a-zA-Z0-9+.-]*://([^/:?#]+)', 1), '')",
)

# Functions of Trino whose answer here would be another one, or have no counterpart.
_REFUSED = {
    "typeof": "type names differ between the engines",
    "with_timezone": "the local engine keeps instants in UTC only",
    "width_bucket": "no counterpart on the local engine",
    "to_char": "no counterpart on the local engine",
    "map_filter": "no counterpart on the local engine",
    "transform_values": "no counterpart on the local engine",
    "transform_keys": "no counterpart on the local engine",
    "zip_with": "no counterpart on the local engine",
    "multimap_agg": "no counterpart on the local engine",
}
_WHOLE = {exp.DType.BIGINT, exp.DType.INT, exp.DType.SMALLINT, exp.DType.TINYINT}


_EXPECTED = "'SELECT', 'WITH', 'VALUES', 'TABLE', 'SHOW', 'DESCRIBE', 'CREATE', 'DROP', 'UNLOAD'"
_STATEMENTS = frozenset({
    "SELECT", "WITH", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "CREATE", "DROP", "UNLOAD", "EXPLAIN", "INSERT",
    "UPDATE", "DELETE", "MERGE", "ALTER", "MSCK", "ANALYZE", "PREPARE", "EXECUTE", "DEALLOCATE", "VACUUM", "OPTIMIZE",
    "USE",
})  # fmt: skip


def parse(sql: str) -> exp.Expr:
    """Return the tree of one statement in Athena's SQL.

    Raises: QueryFailed with SYNTAX_ERROR, line and column.
    """
    _check_begins(sql)
    try:
        statements = [tree for tree in sqlglot.parse(sql, read="athena") if tree is not None]
    except ParseError as error:
        raise _syntax_error(error) from error
    except TokenError as error:
        raise QueryFailed("SYNTAX_ERROR", f"line 1:1: {error}") from error
    if len(statements) != 1:
        raise QueryFailed("SYNTAX_ERROR", "line 1:1: Only one sql statement is allowed. Got: " + str(len(statements)))
    return statements[0]


def to_duckdb(tree: exp.Expr) -> str:
    """Return what DuckDB is to run so that it answers `tree` as Trino would.

    Raises: QueryFailed with NOT_SUPPORTED for what is known to have no faithful translation.
    """
    tree = tree.copy()
    for node in reversed(list(tree.walk(bfs=True))):
        replacement = _rewritten(node)
        if replacement is node:
            continue
        if node is tree:
            tree = replacement
        else:
            node.replace(replacement)
    try:
        return tree.sql("duckdb", comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryFailed("NOT_SUPPORTED", f"on the local engine: {error}") from error


def _rewritten(node: exp.Expr) -> exp.Expr:
    for kind, rewrite in _REWRITES:
        if isinstance(node, kind):
            return rewrite(node)
    return node


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _like(value: exp.Expr, sample: exp.Expr) -> exp.Expr:
    return _call("cast_to_type", value, sample)


def _divide(node: exp.Expr) -> exp.Expr:
    return _call("trino_divide", node.this, node.expression)


def _add(node: exp.Expr) -> exp.Expr:
    # A date plus an interval is a date in Trino, a timestamp in DuckDB.
    if isinstance(node.expression, exp.Interval):
        return _like(node, node.this)
    if isinstance(node.this, exp.Interval):
        return _like(node, node.expression)
    return node


def _subtract(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Interval):
        return _like(node, node.this)
    if isinstance(node.this, exp.Literal) or isinstance(node.expression, exp.Literal):
        return node
    return _call("trino_minus", node.this, node.expression)


def _average(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Avg) and isinstance(node.parent, exp.Filter | exp.Window):
        return node  # done where its FILTER or OVER ends
    inner = node.this.this if isinstance(node.this, exp.Filter) else node.this
    if not isinstance(node, exp.Avg) and not isinstance(inner, exp.Avg):
        return node
    if isinstance(node, exp.Filter) and isinstance(node.parent, exp.Window):
        return node
    carrier = node.copy()
    average = carrier if isinstance(carrier, exp.Avg) else next(iter(carrier.find_all(exp.Avg)))
    value = average.this
    minimum = exp.Min(this=value.expressions[0] if isinstance(value, exp.Distinct) else value)
    if carrier is average:
        carrier = minimum
    else:
        average.replace(minimum)
    return _call("trino_average", node, carrier)


def _cast(node: exp.Expr) -> exp.Expr:
    to, value = node.args["to"], node.this
    if to.this == exp.DType.DECIMAL and not to.expressions:
        return _bare_decimal(node)
    if to.this in (exp.DType.VARCHAR, exp.DType.TEXT) and isinstance(value, exp.JSONExtract):
        return _call("trino_json_scalar", value.this, exp.Literal.string(_json_path(value)))
    if to.this == exp.DType.VARCHAR and to.expressions:
        whole = type(node)(this=value.copy(), to=exp.DataType.build("text"))
        return exp.Left(this=whole, expression=exp.Literal.number(to.expressions[0].name))
    if to.this in _WHOLE and not (value.is_string or value.is_int):
        return _whole_number(node)
    return node


def _bare_decimal(node: exp.Expr) -> exp.Expr:
    # DECIMAL '1.23' has the precision it is written with; CAST(x AS decimal) is decimal(38,0).
    precision, scale = 38, 0
    if node.this.is_string:
        whole, _, fraction = node.this.name.lstrip("+-").partition(".")
        precision, scale = max(len(whole) + len(fraction), 1), len(fraction)
    changed = node.copy()
    changed.set("to", exp.DataType.build(f"decimal({precision},{scale})"))
    return changed


def _whole_number(node: exp.Expr) -> exp.Expr:
    # Doubles round half away from zero in Trino, half to even in DuckDB.
    value = node.this
    rounded = node.copy()
    rounded.set("this", exp.Round(this=exp.TryCast(this=value.copy(), to=exp.DataType.build("double"))))
    is_double = exp.In(
        this=_call("typeof", value), expressions=[exp.Literal.string("DOUBLE"), exp.Literal.string("FLOAT")]
    )
    return exp.Case(ifs=[exp.If(this=is_double, true=rounded)], default=node.copy())


def _regexp_extract(node: exp.Expr) -> exp.Expr:
    matches = exp.RegexpLike(this=node.this.copy(), expression=node.expression.copy())
    return exp.Case(ifs=[exp.If(this=matches, true=node.copy())])


def _json_path(node: exp.Expr) -> str:
    return str(node.expression.sql("duckdb")).strip("'")


def _date_diff(node: exp.Expr) -> exp.Expr:
    # Whole units passed; DuckDB's date_diff counts the boundaries crossed.
    unit = exp.Literal.string(node.args["unit"].name.lower())
    return _call("date_sub", unit, node.expression, node.this)


def _at_time_zone(node: exp.Expr) -> exp.Expr:
    # A timestamp without zone is an instant of the session's zone, UTC, in Trino; DuckDB takes it for a local time.
    instant = exp.Cast(this=node.this.copy(), to=exp.DataType.build("timestamptz"))
    return _call("timezone", node.args["zone"], instant)


def _extract(node: exp.Expr) -> exp.Expr:
    if node.name.upper() in ("DOW", "DAY_OF_WEEK", "DAYOFWEEK"):
        return exp.DayOfWeekIso(this=node.expression.copy())
    return node


def _best_by(name: str) -> Callable[[exp.Expr], exp.Expr]:
    def rewrite(node: exp.Expr) -> exp.Expr:
        if node.args.get("count"):
            raise QueryFailed("NOT_SUPPORTED", "max_by and min_by with a count: rank() over instead")
        return _call(name, node.this, node.expression)

    return rewrite


def _percentile(node: exp.Expr) -> exp.Expr:
    if node.args.get("weight") or node.args.get("accuracy") or node.args.get("error_tolerance"):
        raise QueryFailed("NOT_SUPPORTED", "approx_percentile with weight or accuracy on the local engine")
    return _call("quantile_disc", node.this, node.args["quantile"])


def _anonymous(node: exp.Expr) -> exp.Expr:
    name, arguments = node.name.lower(), node.expressions
    if name in _REFUSED:
        raise QueryFailed("NOT_SUPPORTED", f"{name}: {_REFUSED[name]}")
    if name in ("format_datetime", "parse_datetime"):
        pattern = exp.Literal.string(strftime_pattern(name, arguments[1]))
        if name == "format_datetime":
            return _call("strftime", arguments[0], pattern)
        return exp.Cast(this=_call("strptime", arguments[0], pattern), to=exp.DataType.build("timestamptz"))
    if name == "at_timezone":
        return _at_time_zone(exp.AtTimeZone(this=arguments[0], zone=arguments[1]))
    if name == "map_agg":
        return _call("map", _call("list", arguments[0]), _call("list", arguments[1]))
    if name in ("any_match", "none_match", "all_match"):
        return _array_match(name, arguments)
    return node


def _array_match(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    array, claim = arguments
    if name == "all_match":
        holding = _call("len", _call("list_filter", array, claim))
        return exp.Paren(this=exp.EQ(this=holding, expression=_call("len", array)))
    comparison = exp.GT if name == "any_match" else exp.EQ
    found = _call("len", _call("list_filter", array, claim))
    return exp.Paren(this=comparison(this=found, expression=exp.Literal.number(0)))


def _refuse(node: exp.Expr) -> exp.Expr:
    name = "typeof" if isinstance(node, exp.Typeof) else "width_bucket"
    raise QueryFailed("NOT_SUPPORTED", f"{name}: {_REFUSED[name]}")


_Rewrite = Callable[[exp.Expr], exp.Expr]
_REWRITES: tuple[tuple[type[exp.Expr], _Rewrite], ...] = (
    (exp.Div, _divide),
    (exp.Add, _add),
    (exp.Sub, _subtract),
    (exp.Avg, _average),
    (exp.Filter, _average),
    (exp.Window, _average),
    (exp.Cast, _cast),
    (exp.CountIf, lambda node: exp.Count(this=exp.Case(ifs=[exp.If(this=node.this, true=exp.Literal.number(1))]))),
    (exp.RegexpExtract, _regexp_extract),
    (exp.SplitPart, lambda n: _call("trino_split_part", n.this, n.args["delimiter"], n.args["part_index"])),
    (exp.JSONExtractScalar, lambda n: _call("trino_json_scalar", n.this, exp.Literal.string(_json_path(n)))),
    (exp.DateDiff, _date_diff),
    (exp.DateAdd, lambda node: _like(node, node.this)),
    (exp.DateSub, lambda node: _like(node, node.this)),
    (exp.TimestampTrunc, lambda node: _like(node, node.this)),
    (exp.DateTrunc, lambda node: _like(node, node.this)),
    (exp.AtTimeZone, _at_time_zone),
    (exp.Extract, _extract),
    (exp.ArgMax, _best_by("arg_max_null")),
    (exp.ArgMin, _best_by("arg_min_null")),
    (exp.ArraySlice, lambda n: _call("trino_slice", n.this, n.args["start"], n.args["end"])),
    (exp.ApproxQuantile, _percentile),
    (exp.Typeof, _refuse),
    (exp.WidthBucket, _refuse),
    (exp.Anonymous, _anonymous),
)


def _syntax_error(error: ParseError) -> QueryFailed:
    at = error.errors[0] if error.errors else {}
    line, column = at.get("line") or 1, at.get("col") or 1
    near = at.get("highlight") or "<EOF>"
    start = max(int(column) - len(str(near)) + 1, 1)
    # The parser names its own classes; what a person can use is the place.
    why = re.sub(
        r"Required keyword: '(\w+)' missing for <class '[^']*'>", r"Expecting: <\1>", at.get("description") or ""
    )
    return QueryFailed("SYNTAX_ERROR", f"line {line}:{start}: mismatched input '{near}'. {why}")


def _check_begins(sql: str) -> None:
    """Raise QueryFailed where `sql` begins with no statement of Athena: a parser would take the word for a column."""
    found = re.search(
        r"[^\s(;]+", re.sub(r"--[^\n]*|/\*.*?\*/", lambda match: " " * len(match[0]), sql, flags=re.DOTALL)
    )
    word = found[0] if found else "<EOF>"
    if word.upper() not in _STATEMENTS:
        at = line_and_column(sql, word) if found else "line 1:1"
        raise QueryFailed("SYNTAX_ERROR", f"{at}: mismatched input '{word}'. Expecting: {_EXPECTED}")
