"""The command as a whole."""

import subprocess
import sys
from importlib.metadata import version

import pytest
from botocore import exceptions

from tests.cli.conftest import Run
from tradewind.aws.failures import explain
from tradewind.cli.main import cli


def test_help_lists_every_command(run: Run) -> None:
    said = run("--help")

    assert said.status == 0
    for name in ("events", "import", "keys", "loads", "produce", "quarantine", "rebuild", "sql", "status"):
        assert f"\n  {name} " in said.out


def test_every_listed_command_has_help_of_its_own(run: Run) -> None:
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        assert run(name, "--help").out.startswith(f"Usage: tradewind {name} ")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").out == f"tradewind {version('tradewind')}\n"


def test_help_imports_no_heavy_library() -> None:
    program = (
        "import sys\n"
        "from tradewind.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'boto3', 'duckdb', 'pandas', 'pydantic', 'rich', 'sqlglot'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    said = run("inport")

    assert said.status == 2
    assert "No such command 'inport'" in said.err


def test_an_unknown_environment_is_wrong_usage(run: Run) -> None:
    said = run("--env", "test", "status")

    assert said.status == 2
    assert "'test' is not one of 'local', 'dev', 'prod'" in said.err


def client_error(code: str, message: str) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


def test_stacks_that_are_missing_say_which_command_deploys_them(monkeypatch: pytest.MonkeyPatch) -> None:
    error = client_error("ResourceNotFoundException", "Table: tradewind-dev-loads not found")

    monkeypatch.setenv("TRADEWIND_ENV", "local")
    assert explain(error) == (
        "GetItem: the stacks are not deployed (Table: tradewind-dev-loads not found): run `make up`"
    )
    monkeypatch.setenv("TRADEWIND_ENV", "dev")
    assert explain(error).endswith(": run `make deploy ENV=dev`")


def test_a_cloud_that_stops_in_between_says_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_ENV", "local")

    assert explain(exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9")) == (
        "the local cloud stopped answering: start it again with `make up`; what it answered as stored is kept"
    )


def test_missing_credentials_say_how_to_choose_a_profile() -> None:
    assert explain(exceptions.NoCredentialsError()) == (
        "AWS credentials: Unable to locate credentials: choose a profile (AWS_PROFILE=... or aws configure)"
    )


def test_a_refusal_of_a_service_is_told_with_its_code() -> None:
    assert explain(client_error("AccessDeniedException", "no rights")) == "GetItem: AccessDeniedException: no rights"
