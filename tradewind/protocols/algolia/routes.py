"""The paths of the protocol, matched here: an HTTP API cannot tell a literal `*` or two names of one origin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

Part = Literal["reads", "edits"]


@dataclass(frozen=True, slots=True)
class Route:
    """What a method and a path ask for. `verb` names it; `acl`: one of these is needed, none: checked by the verb."""

    verb: str
    method: str
    pattern: str
    acl: tuple[str, ...]
    part: Part


@dataclass(frozen=True, slots=True)
class Match:
    """A route with what its path names."""

    route: Route
    index: str = ""
    name: str = ""  # objectID, facet, task id, key


def _reads(verb: str, method: str, pattern: str, *acl: str) -> Route:
    return Route(verb, method, pattern, acl, "reads")


def _edits(verb: str, method: str, pattern: str, *acl: str) -> Route:
    return Route(verb, method, pattern, acl, "edits")


# In order: the first that matches counts, so that `settings` is no objectID. {i}: index, {n}: name.
ROUTES: Final = (
    _reads("queries", "POST", "/1/indexes/*/queries", "search"),
    _reads("objects", "POST", "/1/indexes/*/objects", "search"),
    _edits("batch_many", "POST", "/1/indexes/*/batch"),
    _edits("list_indexes", "GET", "/1/indexes", "listIndexes"),
    _reads("query", "POST", "/1/indexes/{i}/query", "search"),
    _reads("facet", "POST", "/1/indexes/{i}/facets/{n}/query", "search"),
    _reads("browse", "POST", "/1/indexes/{i}/browse", "browse"),
    _reads("browse", "GET", "/1/indexes/{i}/browse", "browse"),
    _edits("get_settings", "GET", "/1/indexes/{i}/settings", "settings"),
    _edits("set_settings", "PUT", "/1/indexes/{i}/settings", "editSettings"),
    _edits("task", "GET", "/1/indexes/{i}/task/{n}", "addObject", "deleteObject", "editSettings", "search"),
    _edits("batch", "POST", "/1/indexes/{i}/batch"),
    _edits("delete_by", "POST", "/1/indexes/{i}/deleteByQuery", "deleteObject", "deleteIndex"),
    _edits("clear", "POST", "/1/indexes/{i}/clear", "deleteIndex"),
    _edits("operation", "POST", "/1/indexes/{i}/operation", "addObject"),
    _edits("put_synonyms", "POST", "/1/indexes/{i}/synonyms/batch", "editSettings"),
    _edits("search_synonyms", "POST", "/1/indexes/{i}/synonyms/search", "settings"),
    _edits("clear_synonyms", "POST", "/1/indexes/{i}/synonyms/clear", "editSettings"),
    _edits("get_synonym", "GET", "/1/indexes/{i}/synonyms/{n}", "settings"),
    _edits("put_synonym", "PUT", "/1/indexes/{i}/synonyms/{n}", "editSettings"),
    _edits("delete_synonym", "DELETE", "/1/indexes/{i}/synonyms/{n}", "editSettings"),
    _edits("put_rules", "POST", "/1/indexes/{i}/rules/batch", "editSettings"),
    _edits("search_rules", "POST", "/1/indexes/{i}/rules/search", "settings"),
    _edits("clear_rules", "POST", "/1/indexes/{i}/rules/clear", "editSettings"),
    _edits("get_rule", "GET", "/1/indexes/{i}/rules/{n}", "settings"),
    _edits("put_rule", "PUT", "/1/indexes/{i}/rules/{n}", "editSettings"),
    _edits("delete_rule", "DELETE", "/1/indexes/{i}/rules/{n}", "editSettings"),
    _edits("partial", "POST", "/1/indexes/{i}/{n}/partial", "addObject"),
    _reads("query", "GET", "/1/indexes/{i}", "search"),
    _edits("add", "POST", "/1/indexes/{i}", "addObject"),
    _edits("delete_index", "DELETE", "/1/indexes/{i}", "deleteIndex"),
    _reads("get", "GET", "/1/indexes/{i}/{n}", "search"),
    _edits("put", "PUT", "/1/indexes/{i}/{n}", "addObject"),
    _edits("delete", "DELETE", "/1/indexes/{i}/{n}", "deleteObject"),
    _edits("list_keys", "GET", "/1/keys", "admin"),
    _edits("add_key", "POST", "/1/keys", "admin"),
    _edits("restore_key", "POST", "/1/keys/{n}/restore", "admin"),
    _edits("get_key", "GET", "/1/keys/{n}"),
    _edits("change_key", "PUT", "/1/keys/{n}", "admin"),
    _edits("delete_key", "DELETE", "/1/keys/{n}", "admin"),
)

_SEGMENTS: Final = {"{i}": "(?P<index>[^/]+)", "{n}": "(?P<name>[^/]+)"}


def _pattern(route: Route) -> re.Pattern[str]:
    return re.compile("/".join(_SEGMENTS.get(part, re.escape(part)) for part in route.pattern.split("/")))


_PATTERNS: Final = tuple((_pattern(route), route) for route in ROUTES)
# Clients that want two names for one origin put one of these before each path.
_SECOND_NAME: Final = re.compile(r"/s[12](?=/)")


def match_of(method: str, path: str) -> Match | None:
    """Return what is asked for; None for a path, or a method of it, that there is not."""
    path = _plain(path)
    for pattern, route in _PATTERNS:
        if route.method == method and (found := pattern.fullmatch(path)):
            return Match(route, **{name: unquote(value) for name, value in found.groupdict().items()})
    return None


def methods_of(path: str) -> tuple[str, ...]:
    """Return the methods that a path has; none for an unknown one."""
    path = _plain(path)
    return tuple(sorted({route.method for pattern, route in _PATTERNS if pattern.fullmatch(path)}))


def gateway_paths(part: Part) -> Mapping[str, tuple[str, ...]]:
    """Return the routes of a part as an HTTP API writes them: path -> methods."""
    found: dict[str, list[str]] = {}
    for route in ROUTES:
        if route.part == part:
            path = route.pattern.replace("*", "{index}").replace("{i}", "{index}").replace("{n}", "{name}")
            methods = found.setdefault(path, [])
            if route.method not in methods:
                methods.append(route.method)
    return {path: tuple(methods) for path, methods in found.items()}


def _plain(path: str) -> str:
    return _SECOND_NAME.sub("", path, count=1).rstrip("/").replace("/%2A/", "/*/").replace("/%2a/", "/*/")
