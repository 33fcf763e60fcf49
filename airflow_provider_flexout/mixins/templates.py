"""Which text of an operator or notifier is a template, what type it has afterwards, and who may see it.

Airflow renders each string in a template field, no matter who wrote it. A string that a row of
``expand_kwargs`` handed in, such as a customer's name, is rendered too. Here a template is what the author of
the DAG wrote, as a plain argument or in ``partial(…)``. What comes from an upstream task, from ``expand`` or
``expand_kwargs``, or as a row of contacts, is data, and is passed as it is.

A class names its arguments in its signature, where editors and the reference show them. Its template fields
and their renderers are derived from that; for the arguments of an outreach also assignment and the spec.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping, Set
from datetime import date, timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import ObjectStoragePath

from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.version_compat import AirflowFailException, conf

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from airflow.sdk import BaseOperator, Context

log = logging.getLogger(__name__)

_ADDRESSES = frozenset({"to", "from_", "cc", "bcc"})

_NO_TEXT = (Mapping, list, tuple, set, frozenset, bytes, date, timedelta, PathLike, type(None))
"""What an argument may take beside text, so that the value of an expression stays what it is."""
_FIELDS = OutreachSpec.__annotations__


class _Field:
    """The template field that is being rendered."""

    at_top = True
    """Whether the string at hand is the whole field, and not part of a list or an object."""

    def __init__(self, name: str, value: Any, *, is_data: bool, is_text: bool) -> None:
        self.name = name
        self.value = value
        self.is_data = is_data
        self.is_text = is_text


class TemplateFieldsMixin:
    """Render what the author of the DAG wrote and nothing else; text stays text.

    With ``render_template_as_native_obj=True``, Airflow turns ``"+12025550141"`` or ``"1984"`` into a number.
    Here that setting keeps its purpose: an expression that is a list or an object remains one, and an
    argument that takes no text may be written as text. Arguments whose annotation names ``str`` stay text.

    An operator's fields are rendered once: a rendered value is not a template any more.
    """

    template_fields: Sequence[str]
    arguments_of_fields: ClassVar[Mapping[str, str]] = {}
    """The arguments behind template fields of another name."""
    _field: _Field | None = None
    _are_templates_rendered = False

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: Any,
        seen_oids: set[int],
    ) -> None:
        if parent is not self:  # an object in a field, which has template fields of its own
            render: Any = super()._do_render_template_fields  # type: ignore[misc]
            render(parent, template_fields, context, jinja_env, seen_oids)
            return
        if self._are_templates_rendered:
            return
        from airflow_provider_flexout.mixins.zipped_results import check_zipped_results

        names = list(template_fields)
        dag = self.get_dag() if hasattr(self, "get_dag") else None
        if defined := dag and dag.task_dict.get(self.task_id):
            check_zipped_results(defined, context)
        mapped = _mapped_arguments(self, defined, names)
        for name in names:
            value = getattr(self, name)
            is_data = name in mapped or _are_rows(name, value)
            self._field = _Field(name, value, is_data=is_data, is_text=_takes_text(type(self), name))
            try:
                setattr(self, name, self._rendered_field(value, context, jinja_env))
            except Exception:
                log.error("The template in %s cannot be rendered.", name)  # noqa: TRY400 - it is raised
                raise
            finally:
                self._field = None
            setattr(self, name, self._sendable(name, getattr(self, name)))
        self._are_templates_rendered = True
        if not conf.getboolean("flexout", "show_addresses", fallback=False):
            # Airflow stores what this instance names as its template fields.
            self.template_fields = [name for name in names if not _holds_address(name, getattr(self, name))]

    def _sendable(self, name: str, value: Any) -> Any:
        """Refuse a text that cannot be sent because it is not UTF-8; a campaign refuses such rows one by one.

        :param name: the template field.
        :param value: its value.
        :raises AirflowFailException: for such a text.
        """
        from airflow_provider_flexout.outreach.errors import InvalidInput
        from airflow_provider_flexout.outreach.values.plain import check_characters

        if not _are_rows(name, value):
            try:
                check_characters(name, value)
            except InvalidInput as error:
                raise AirflowFailException(str(error)) from None
        return value

    def _rendered_field(self, value: Any, context: Context, jinja_env: Any) -> Any:
        if value is None or (isinstance(value, str) and not value):
            return value
        if callable(value):
            return value(context=context, jinja_env=jinja_env)
        # Airflow has the ids of values that came from upstream, but Python shares equal short texts, so the
        # id of a template may be among them.
        return self.render_template(value, context, jinja_env, set())

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: Any = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Render a value as Airflow does, unless it is data.

        A template of nothing but ``None``, such as a missing XCom, gives ``None``, not the word.

        :param content: the value; strings in a list or an object are rendered too.
        :param context: Airflow's context.
        :param jinja_env: the Jinja environment; the default is the DAG's.
        :param seen_oids: ids of values that are rendered already.
        """
        if self._field:
            from airflow_provider_flexout.mixins.secrets import may_read_secrets, without_secrets

            if self._field.is_data and isinstance(content, (str, ObjectStoragePath)):
                return content
            self._field.at_top = content is self._field.value
            if isinstance(content, str) and jinja_env and not may_read_secrets(self._field.name, content):
                reads_files = bool(getattr(self, "template_ext", ()))
                context, jinja_env = without_secrets(
                    self._field.name, context, jinja_env, reads_files=reads_files
                )
        rendered = super().render_template(content, context, jinja_env, seen_oids)  # type: ignore[misc]
        is_missing = isinstance(content, str) and rendered == "None" and content.strip() != "None"
        return None if is_missing else rendered

    def _render(self, template: Any, context: Any, dag: Any = None) -> Any:
        if self._field is None or (self._field.at_top and not self._field.is_text):
            return super()._render(template, context, dag)  # type: ignore[misc]
        as_text = self._field.at_top and self._field.is_text
        return _rendered(list(template.generate(context)), as_text=as_text)


def _rendered(parts: list[Any], *, as_text: bool) -> Any:
    """Put the parts of a rendered template together, without parsing numbers or lists from text.

    :param parts: texts; where objects are rendered, also the values of expressions.
    :param as_text: whether a number, an exception and the like become text.
    """
    from jinja2 import Undefined

    if len(parts) == 1 and not isinstance(parts[0], (str, Undefined)):
        return parts[0] if not as_text or isinstance(parts[0], _NO_TEXT) else str(parts[0])
    return "".join(map(str, parts))


def _mapped_arguments(task: Any, mapped: Any, names: Collection[str]) -> Collection[str]:
    """List the template fields of a mapped task that ``expand`` or ``expand_kwargs`` may have filled.

    These are all that are neither in ``partial`` nor in the ``default_args`` of the DAG or the task group.
    They include what the constructor of a user's own class sets, since it may come from a row.

    :param task: the operator or notifier.
    :param mapped: the operator as it is in the DAG, where it is in one.
    :param names: its template fields. All of them are listed where the mapped operator is not known.
    """
    if not getattr(task, "_BaseOperator__from_mapped", False):
        return ()
    if mapped is None:
        return names
    shared = (task.get_dag().default_args, getattr(mapped.task_group, "default_args", {}))
    given = {name: type(task).arguments_of_fields.get(name, name) for name in names}
    written = {name for name in names if any(each.get(given[name]) is getattr(task, name) for each in shared)}
    return [name for name in names if given[name] not in mapped.partial_kwargs and name not in written]


def _are_rows(name: str, value: Any) -> bool:
    """Say whether a field holds contacts themselves, which are data even where they stand in the DAG file."""
    return name == "contacts" and not isinstance(value, (str, Mapping))


def _takes_text(kind: type[TemplateFieldsMixin], name: str) -> bool:
    """Say whether the argument of that name may be a string, by the signature that has it.

    :param kind: the class of the operator or notifier.
    :param name: the argument.
    """
    name = kind.arguments_of_fields.get(name, name)
    for one in kind.__mro__:
        if "__init__" in vars(one) and (
            found := inspect.signature(vars(one)["__init__"]).parameters.get(name)
        ):
            return found.annotation is str or "str" in str(found.annotation).split(" | ")
    return False


def _holds_address(name: str, value: Any) -> bool:
    """Say whether a value is kept off Airflow's page of rendered templates.

    :param name: the template field.
    :param value: its value.
    """
    from airflow_provider_flexout.twilio.http.redaction import mask_text

    if (
        name in _ADDRESSES
        or _are_rows(name, value)
        or (name == "suppression" and not isinstance(value, (str, Mapping)))
    ):
        return True
    shown = str(value)
    return mask_text(shown) != shown


class WrappedFunction:
    """A user's function in a template field, where Airflow would call a bare function.

    :param function: the function, which takes an address, or the values of a row.
    """

    def __init__(self, function: Callable[[Any], object]) -> None:
        self.function = function

    def __repr__(self) -> str:
        """Name the function, without an address in memory.

        Airflow writes this into the serialized DAG, so an address would make every parse a new DAG version.
        """
        return f"<function {getattr(self.function, '__qualname__', type(self.function).__qualname__)}>"


def as_template_field(given: object) -> Any:
    """Make what can stand in a template field: a function is wrapped, and a set becomes a list in order.

    Airflow writes the field into the serialized DAG, and the order of a set differs between processes, so
    each parse would make a new DAG version. Anything else stays as it is.

    :param given: what the user gave.
    """
    if isinstance(given, Set):
        return sorted(given, key=str)
    return WrappedFunction(given) if callable(given) else given


def template_fields_of(
    init: Callable[..., None], *bases: type[BaseOperator], without: Collection[str] = ()
) -> tuple[str, ...]:
    """List the template fields of a class: all its arguments but switches, and what its bases render.

    :param init: the ``__init__`` of the class. What its annotation calls a ``bool`` is a switch, which is set
        where the DAG is written.
    :param bases: the bases whose template fields the class shares.
    :param without: arguments that are not rendered even so.
    """
    own = (name for name in _taken(init) if "bool" not in init.__annotations__[name])
    shared = (name for base in bases for name in base.template_fields)
    return tuple(name for name in dict.fromkeys((*own, *shared)) if name not in without)


def renderers_of(init: Callable[..., None], *bases: type[BaseOperator]) -> dict[str, str]:
    """Say which arguments Airflow's page of rendered templates shows as JSON: those that may be objects.

    :param init: the ``__init__`` of the class.
    :param bases: the bases whose template fields the class shares.
    """
    shown = {name: "json" for name in _taken(init) if "Mapping" in init.__annotations__[name]}
    return {name: how for base in bases for name, how in base.template_fields_renderers.items()} | shown


def keep_arguments(owner: object, arguments: Mapping[str, Any]) -> None:
    """Assign the arguments of an outreach as they were given; Airflow renders them later.

    :param owner: the operator or notifier.
    :param arguments: ``locals()`` of its ``__init__``.
    """
    for name in _FIELDS:
        if name in arguments:
            setattr(owner, name, arguments[name])


def outreach_arguments_of(init: Callable[..., None]) -> tuple[str, ...]:
    """List the arguments of an outreach that a class takes.

    :param init: the ``__init__`` of the class.
    """
    return tuple(name for name in _taken(init) if name in _FIELDS)


def spec_of(owner: object) -> OutreachSpec:
    """Fill the spec from an operator or notifier, once Airflow has rendered its templates.

    :param owner: the operator or notifier; what it does not take has the spec's default.
    """
    return OutreachSpec(**{name: value for name, value in vars(owner).items() if name in _FIELDS})


def _taken(init: Callable[..., None]) -> list[str]:
    code = init.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [name for name in names if name != "self"]
