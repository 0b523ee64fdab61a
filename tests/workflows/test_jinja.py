"""Jinja within limits of time, text and reach."""

from __future__ import annotations

import time
from typing import Any

import pytest

from workflows import jinja
from workflows.errors import NodeError
from workflows.jinja import compile_jinja


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("{{ x }}.", {"x": "hi"}, "hi."),
        ("{{x}}{{ y }}", {"x": 1}, "1"),
        ("{{ x }}", {"x": None}, "None"),
        ("{{ x }}\n", {"x": [1, "a"]}, "[1, 'a']"),
        (
            "{% for k, v in d.items() %}{{ loop.index }}/{{ loop.length }} {{ k }}={{ v }};{% endfor %}",
            {"d": {"a": 1}},
            "1/1 a=1;",
        ),
        ("{{ [3, 1] | sort | join('-') }}{{ d | tojson }}", {"d": {"a": "ü"}}, '1-3{"a": "\\u00fc"}'),
        ("{{ x | default('none') }}{{ 'a' ~ 1 }}{{ true }}", {}, "nonea1True"),
        ("{% if x > 2 %}big{% else %}small{% endif %}", {"x": 3}, "big"),
        ("{% raw %}{{ x }}{% endraw %}{# note #}", {}, "{{ x }}"),
        ("static text", {}, "static text"),
        ("{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(1) }}{{ m(2) }}", {}, "[1][2]"),
    ],
)
def test_a_template_renders(source: str, values: dict[str, Any], expected: str) -> None:
    assert compile_jinja(source).render(values) == expected


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "template_limit"),
        (
            "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
            "template_limit",
        ),
        (
            "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
            "template_limit",
        ),
        (
            "{% set n = namespace(x=[1, 2]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
            "template_limit",
        ),
        (
            "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set t %}{{ n.x }}{{ n.x }}{% endset %}"
            "{% set n.x = t %}{% endfor %}",
            "template_limit",
        ),
        (
            "{% set n = namespace(x='aaaa') %}{% for i in range(60) %}{% set n.x = [n.x, n.x] | join %}{% endfor %}",
            "template_limit",
        ),
        ("{{ 'a' * 10 ** 9 }}", "template_limit"),
        ("{{ 10 ** 99999 }}", "template_limit"),
        ("{{ 'a' | center(10 ** 9) }}", "template_limit"),
        ("{{ 'a'.ljust(10 ** 9) }}", "template_limit"),
        ("{{ 'aaaa'.replace('', 'b' * 100000000) }}", "template_limit"),
        ("{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}", "template_limit"),
        ("{{ x }}" * 300_001, "template_limit"),
        ("{{ ''.__class__.__mro__ }}", "template_forbidden"),
        ("{{ [].append(1) }}", "template_forbidden"),
        ("{{ '%1000000000d' % 1 }}", "template_forbidden"),
        ("{{ '{:1000000000}'.format(1) }}", "template_forbidden"),
        ("{{ 1 / 0 }}", "template_failed"),
        ("{{ x.y.z }}", "template_failed"),
        ("{{ lipsum(1000000) }}", "template_failed"),
        ("{% include 'x' %}", "template_failed"),
    ],
)
def test_a_hostile_template_ends_in_an_error(source: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja, "MAX_SECONDS", 0.2)
    began = time.monotonic()

    with pytest.raises(NodeError) as raised:
        compile_jinja(source).render({"x": "yy"})

    assert raised.value.code == code, raised.value.message
    assert time.monotonic() - began < 3


def test_an_error_names_its_line() -> None:
    with pytest.raises(NodeError) as raised:
        compile_jinja("one\ntwo {{ 1 / 0 }}").render({})

    assert raised.value.line == 2


def test_values_are_not_changed() -> None:
    values = {"x": [1]}

    with pytest.raises(NodeError):
        compile_jinja("{{ x.append(2) }}").render(values)

    assert values == {"x": [1]}
