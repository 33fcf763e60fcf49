"""A message in the language of each row."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.bulk.contacts.message_format import LanguageFormats
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.bulk.test_runner import bulk, lines

TEXTS = {"en": "Order {order}", "it": "Ordine {order}", "pt-BR": "Pedido {order}", "default": "{order}!"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Order 7"),
        ("EN-gb", "Order 7"),
        ("it_IT", "Ordine 7"),
        (" It ", "Ordine 7"),
        ("pt-br", "Pedido 7"),
        ("pt_BR", "Pedido 7"),
        ("pt", "7!"),
        ("pt-PT", "7!"),
        ("de", "7!"),
        ("english", "7!"),
        (None, "7!"),
        ("default", "7!"),
    ],
)
def test_a_language_takes_its_text_or_the_default(language, text):
    assert LanguageFormats(TEXTS, "lang").choose(language)[1].filled({"order": 7}) == text


def test_without_a_default_a_language_that_is_not_there_is_refused():
    formats = LanguageFormats({"en": "Order {order}"}, "lang")
    for language in ("it", None, "e", "english"):
        with pytest.raises(InvalidInput, match=r"^lang: .*a default is missing"):
            formats.choose(language)


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ({}, "message: "),
        ({"en": ""}, "message.en: "),
        ({"en": 7}, "message.en: "),
        ({"en": None}, "message.en: "),
        ({"en": "{"}, "message.en: "),
        ({"e": "x"}, "message: "),
        ({7: "x"}, "message: "),
        ({"en us": "x"}, "message: "),
        ({"pt-BR": "x", "pt_br": "y"}, "message.pt_br: "),
    ],
)
def test_texts_that_cannot_be_used(texts, named):
    with pytest.raises(InvalidInput) as caught:
        LanguageFormats(texts, "lang")
    assert str(caught.value).startswith(named)


def test_each_row_is_told_in_its_language(run, served, tmp_path):
    rows = [
        {"to": f"+1202555{number:04d}", "order": number, "lang": language}
        for number, language in enumerate(["it", "en-US", None, "fr"], 100)
    ]
    rows.append({"to": "+12025550104", "order": None, "lang": "it"})
    rows.append({"to": "+12025550105", "order": "{lang}", "lang": ["it"]})
    file = tmp_path / "results.jsonl"
    run(bulk(rows, message=TEXTS, columns={"language": "lang"}, results=str(file)))
    assert sorted(one.body for one in served.messages) == ["102!", "103!", "Order 101", "Ordine 100"]
    found = lines(file)
    assert [one["outcome"] for one in found] == ["opened"] * 4 + ["invalid"] * 2
    assert found[4]["reason"].startswith("message.it: column 'order' is empty")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"message": TEXTS}, "must name a 'language'"),
        ({"message": "Hello", "columns": {"language": "lang"}}, "a text for each language"),
        (
            {"message": {"en": "x", "it": "x" * 2000}, "columns": {"language": "lang"}},
            "body: 2000 characters",
        ),
        ({"message": {"en": "x", "it": "{}"}, "columns": {"language": "lang"}}, "message.it: "),
        (
            {"message": {"en": "x"}, "content_sid": "HX" + "1" * 32, "columns": {"language": "lang"}},
            "cannot be combined with content_sid",
        ),
    ],
)
def test_what_is_wrong_in_any_language_is_refused_at_once(run, served, arguments, said):
    with pytest.raises(AirflowFailException, match=said):
        run(bulk([{"to": "+12025550100", "lang": "en", "order": 1}], **arguments))
    assert not served.requests


def test_columns_that_any_language_needs_are_checked_at_once(run, served, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("to,lang,order\n+12025550100,en,1\n")
    message = {"en": "Order {order}", "it": "Ordine {ordine}"}
    with pytest.raises(AirflowFailException, match="have no column 'ordine'"):
        run(bulk(str(file), message=message, columns={"language": "lang"}))
    assert not served.requests


def test_texts_of_the_dag_are_templates_and_rows_are_not(run, served):
    rows = [{"to": "+12025550100", "order": "{{ ds }}", "lang": "en"}]
    run(bulk(rows, message={"en": "{{ ds }}: {order}"}, columns={"language": "lang"}))
    assert [one.body for one in served.messages] == ["2026-11-22: {{ ds }}"]
