"""What Airflow reads of the provider, by Airflow's own rules."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import types
from importlib.metadata import entry_points, metadata
from importlib.resources import files
from pkgutil import iter_modules

import certifi
import jsonschema
import pytest
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
from airflow.providers_manager import ProvidersManager
from airflow.sdk import BaseNotifier, BaseOperator, BaseOperatorLink
from airflow.triggers.base import BaseTrigger

from airflow_provider_flexout import __version__
from airflow_provider_flexout.connection.extra import SIDS
from airflow_provider_flexout.get_provider_info import get_provider_info
from airflow_provider_flexout.hooks.flex import FlexHook
from tests.paths import ROOT

INFO = get_provider_info()
(CONNECTION_TYPE,) = INFO["connection-types"]


def test_it_fits_airflows_schema():
    schema = json.loads(files("airflow").joinpath("provider_info.schema.json").read_text())
    jsonschema.validate(INFO, schema)


def test_airflow_knows_the_setting():
    configs = dict(ProvidersManager().provider_configs)
    option = configs[INFO["package-name"]]["flexout"]["options"]["show_addresses"]
    assert (option["type"], option["default"]) == ("boolean", "False")


def test_the_entry_point_leads_to_it():
    (point,) = entry_points(group="apache_airflow_provider", name="provider_info").select(
        value="airflow_provider_flexout.get_provider_info:get_provider_info"
    )
    assert point.load()() == INFO
    assert point.dist.name == INFO["package-name"]
    assert metadata(INFO["package-name"])["Version"] == __version__ == INFO["versions"][0]


def test_reading_it_imports_nothing_of_airflow():
    code = (
        "import sys, airflow_provider_flexout.get_provider_info as info; info.get_provider_info(); "
        "print([name for name in ('airflow', 'httpx', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def classes_in(module: str) -> list[type]:
    return [each for each in vars(importlib.import_module(module)).values() if isinstance(each, type)]


def class_paths() -> list[str]:
    return [*INFO["extra-links"], *INFO["notifications"], CONNECTION_TYPE["hook-class-name"]]


@pytest.mark.parametrize("path", class_paths())
def test_every_class_path_imports(path):
    module, _, name = path.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_the_handlers_of_assets_import():
    (assets,) = INFO["asset-uris"]
    for path in (assets["handler"], assets["factory"]):
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("key", ["hooks", "operators", "sensors", "triggers"])
def test_every_module_imports(key):
    for group in INFO[key]:
        for module in group["python-modules"]:
            importlib.import_module(module)


@pytest.mark.parametrize(
    ("key", "room", "what"),
    [
        ("operators", "operators", BaseOperator),
        ("sensors", "sensors", BaseOperator),
        ("triggers", "triggers", BaseTrigger),
        ("extra-links", "links", BaseOperatorLink),
        ("notifications", "notifications", BaseNotifier),
    ],
)
def test_nothing_is_left_out(key, room, what):
    """Whatever a user may name in a DAG; common parents have private names."""
    named = [module for group in INFO[key] if isinstance(group, dict) for module in group["python-modules"]]
    paths = {f"{each.__module__}.{each.__name__}" for module in named for each in classes_in(module)}
    package = importlib.import_module(f"airflow_provider_flexout.{room}")
    there = {
        f"{module}.{each.__name__}"
        for module in (f"{package.__name__}.{found.name}" for found in iter_modules(package.__path__))
        for each in classes_in(module)
        if each.__module__ == module and issubclass(each, what) and not each.__name__.startswith("_")
    }
    assert there
    assert there - paths - {path for path in INFO[key] if isinstance(path, str)} == set()


def test_the_hook_is_what_the_metadata_say():
    assert FlexHook.conn_type == CONNECTION_TYPE["connection-type"]
    assert FlexHook.hook_name == CONNECTION_TYPE["hook-name"]


@pytest.fixture
def airflow_31_form_modules(monkeypatch):
    """The stand-ins that Airflow 3.1 puts in place before it asks a hook for its form."""
    widgets = types.ModuleType("flask_appbuilder.fieldwidgets")
    widgets.BS3TextFieldWidget = widgets.BS3PasswordFieldWidget = HookMetaService.MockAnyWidget
    fields = types.ModuleType("wtforms")
    fields.StringField = HookMetaService.MockStringField
    fields.PasswordField = HookMetaService.MockPasswordField
    monkeypatch.setitem(sys.modules, "flask_appbuilder", types.ModuleType("flask_appbuilder"))
    monkeypatch.setitem(sys.modules, "flask_appbuilder.fieldwidgets", widgets)
    monkeypatch.setitem(sys.modules, "wtforms", fields)


@pytest.mark.usefixtures("airflow_31_form_modules")
def test_the_hooks_form_equals_the_metadata():
    def described(field: HookMetaService.MockBaseField) -> dict[str, object]:
        dumped = field.param.dump()
        schema = {name: dumped["schema"][name] for name in ("type", "format") if name in dumped["schema"]}
        return {"label": dumped["schema"]["title"], "description": dumped["description"], "schema": schema}

    form = {name: described(field) for name, field in FlexHook.get_connection_form_widgets().items()}
    assert form == CONNECTION_TYPE["conn-fields"]


def test_the_hooks_field_behaviour_equals_the_metadata():
    kebab = {name.replace("_", "-"): value for name, value in FlexHook.get_ui_field_behaviour().items()}
    assert kebab == CONNECTION_TYPE["ui-field-behaviour"]


def test_every_field_of_the_form_is_read(use_connection):
    """A field that nothing reads would be a promise that nobody keeps."""
    forms = {
        "events_queue": "redis://queue:6379/2",
        "base_url": "http://base_url", "proxy": "http://proxy", "region": "ie1", "timeout": "9",
        "sms_from": "+12025550199", "whatsapp_from": "whatsapp:+12025550188",
        "messenger_from": "messenger:77", "email_from": "support@example.com",
    }  # fmt: skip
    sids = {name: SIDS[name] + "1" * 32 for name in SIDS}
    names = {name: sids.get(name, name) for name in CONNECTION_TYPE["conn-fields"]}
    values = names | forms | {"verify": certifi.where()}
    use_connection(**values)
    connection = FlexHook()._connection
    read = (
        repr(connection)
        + connection.pseudonym_secret
        + str(connection.events_queue)
        + str(connection.settings.proxy)
        + str(connection.settings.read_timeout)
    )
    assert [name for name, value in values.items() if value not in read] == []


def test_airflow_lists_it():
    airflow = [
        sys.executable,
        "-m",
        "airflow",
        "providers",
        "get",
        INFO["package-name"],
        "--full",
        "-o",
        "json",
    ]
    done = subprocess.run(airflow, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert "airflow_provider_flexout.hooks.flex.FlexHook" in done.stdout


OPTIONAL = {
    "flask_appbuilder",  # Airflow 3.1 puts stand-ins in their place when it builds the connection form
    "wtforms",
    "holidays",  # in the extra of this name
    "psutil",  # in the extra "demo"
    "uvicorn",  # in the extra "sandbox"
    "pyarrow",  # a file that needs it says so
    "redis",  # in the extra of this name
    "starlette",  # in the extra "relay"
    "sqlalchemy",  # Airflow's; a database's provider brings the dialect
    "pytest",  # loads the plugin itself
    "jinja2",  # Airflow's, which renders templates with it
    "typing_extensions",  # for type checkers alone, which have it: Unpack is in typing from Python 3.11 on
}


def test_whatever_is_imported_is_declared():
    listed = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("\ndependencies = [")[2]
    declared = set(re.findall(r'^    "(?:apache-)?([\w-]+)', listed.partition("\n]")[0], re.MULTILINE))
    imported = set()
    for file in (ROOT / "airflow_provider_flexout").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) - {"airflow_provider_flexout"} - OPTIONAL <= declared
