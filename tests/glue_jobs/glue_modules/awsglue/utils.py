"""Arguments of a job, as Glue passes them: --name value."""


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str]:  # noqa: N802 - Glue's name
    """Return the named arguments."""
    given = {name.removeprefix("--"): value for name, value in zip(args[1::2], args[2::2], strict=True)}
    return {name: given[name] for name in options}
