"""Whatever a file, a snapshot or an environment holds: settings, or a ConfigError with printable sentences."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capi.settings import ConfigError, Settings, load_settings, overlay
from capi.settings.keys import keys, pointer_keys
from capi.settings.layers import environment_name, nested

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=20),
    st.dates(),
    st.builds(pow, st.just(10), st.just(5_000)),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*keys(), *pointer_keys()])
tables = st.dictionaries(names, anything, max_size=6).map(nested) | st.dictionaries(
    st.text(max_size=12), anything, max_size=4
)


def settings_or_sentences(load: Callable[[], Settings]) -> None:
    try:
        outcome: Settings | str = load()
    except ConfigError as error:
        outcome = error.message
    if isinstance(outcome, Settings):
        assert outcome.core().symbol == outcome.symbol
    else:
        assert outcome
        assert all(line.isprintable() and line.endswith((".", "?", ").")) for line in outcome.split("\n"))


@given(tables)
def test_any_table(table: dict[str, object]) -> None:
    settings_or_sentences(lambda: overlay(load_settings(None, env={}), table))
    settings_or_sentences(lambda: load_settings(None, table, env={}))


@given(
    st.dictionaries(
        names.map(environment_name) | st.text(max_size=12).map("CAPI_".__add__), st.text(max_size=30), max_size=5
    )
)
def test_any_environment(env: dict[str, str]) -> None:
    settings_or_sentences(lambda: load_settings(None, env=env))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda written: written.encode("utf-8", "surrogatepass")))
def test_any_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "capi.toml"
    file.write_bytes(content)
    settings_or_sentences(lambda: load_settings(file, env={}))
