"""Jinja within limits of time, text and reach."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import pytest
from jinja2 import TemplateSyntaxError

from workflows import metering
from workflows.errors import NodeError
from workflows.jinja import TooLargeError, compile_jinja


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
        (
            "{% set n = namespace(s='', l=[]) %}"
            "{% for i in [1, 2] %}{% set n.s = n.s ~ i %}{% set n.l = n.l + [i] %}{% endfor %}"
            "{{ n.s }}{{ n.l }}{{ n.l | sum }}{{ n.l | map('string') | join(', ') }}",
            {},
            "12[1, 2]31, 2",
        ),
        (
            "{{ 1700000000 | string }}{{ 1700000000 is gt 5 }}{{ x.items() | list }}{{ x is mapping }}",
            {"x": {"a": (1,)}},
            "1700000000True[('a', (1,))]True",
        ),
        ("{{ [3, 1] | sort | join('-') }}{{ d | tojson }}", {"d": {"a": "ü"}}, '1-3{"a": "\\u00fc"}'),
        ("{{ x | default('none') }}{{ 'a' ~ 1 }}{{ true }}", {}, "nonea1True"),
        ("{% if x > 2 %}big{% else %}small{% endif %}", {"x": 3}, "big"),
        ("{% raw %}{{ x }}{% endraw %}{# note #}", {}, "{{ x }}"),
        ("static text", {}, "static text"),
        ("{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(1) }}{{ m(2) }}", {}, "[1][2]"),
        ("{{ '%.2f'|format(x) }} {{ '%s=%d' % ('a', x) }} {{ '%(k)5s' % {'k': 'v'} }}", {"x": 2.5}, "2.50 a=2     v"),
        ("{{ '{:.2f}|{a:>5}|{:,}'.format(x, 12000, a='b') }}", {"x": 2.5}, "2.50|    b|12,000"),
        ("{{ '{0[k]}{1.k}'.format({'k': 1}, {'k': 2}) }}{{ '{0.__class__}'.format(1) }}", {}, "12"),
        (
            "{% set l = [] %}{% for i in x %}{% set _ = l.append(i * 2) %}{% endfor %}{% set _ = l.extend('ab') %}"
            "{{ l.pop() }}{{ l.insert(0, 9) or l }}",
            {"x": [1, 2]},
            "b[9, 2, 4, 'a']",
        ),
        (
            "{% set d = {} %}{% for i in x %}{% if d.update({i: []}) %}{% endif %}"
            "{% set _ = d[i].append(i) %}{% set _ = d.setdefault('n', dict(k=i)) %}{% endfor %}{{ d }}",
            {"x": [1, 2]},
            "{1: [1], 'n': {'k': 1}, 2: [2]}",
        ),
        ("{% set l = x | list %}{{ l.append(3) or l }}{{ x }}", {"x": [1, 2]}, "[1, 2, 3][1, 2]"),
        (
            "{% set c = cycler('a', 'b') %}{% set j = joiner('-') %}"
            "{% for i in x %}{{ j() }}{{ c.next() }}{% endfor %}",
            {"x": [1, 2, 3]},
            "a-b-a",
        ),
    ],
)
def test_a_template_renders(source: str, values: dict[str, Any], expected: str) -> None:
    assert compile_jinja(source).render(values) == expected


TWICE = "{% set n = namespace(x=['a']) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}"


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
        (TWICE + "{{ n.x }}", "template_limit"),
        (TWICE + "{{ n.x | tojson }}", "template_limit"),
        (TWICE + "{{ n.x | pprint }}", "template_limit"),
        (TWICE + "{{ n.x ~ 'a' }}", "template_limit"),
        (TWICE + "{{ n.x == x }}", "template_limit"),
        (TWICE.replace("[n.x, n.x]", "(n.x, n.x)") + "{{ {n.x: 1} }}", "template_limit"),
        (TWICE.replace("[n.x, n.x]", "dict(a=n.x, b=n.x)") + "{{ n.x }}", "template_limit"),
        (TWICE.replace("[n.x, n.x]", "[n.x] + [n.x]") + "{{ n.x }}", "template_limit"),
        (TWICE.replace("[n.x, n.x]", "[n.x] * 2") + "{{ n.x }}", "template_limit"),
        ("{% macro m(n) %}{{ m(varargs, varargs) if n != 0 }}{% endmacro %}{{ m(1, 2) }}", "template_limit"),
        ("{{ range(100000) | map('string') | map('center', 100000) | list | length }}", "template_limit"),
        ("{{ range(100000) | map('string') | join('x' * 400000) | length }}", "template_limit"),
        ("{{ ('a\n' * 300000) | indent(300000) | length }}", "template_limit"),
        ("{{ ([range(999) | list] * 999) | sum(start=[]) | length }}", "template_limit"),
        ("{{ [[1]] | sum(start=[]) }}", "template_limit"),
        ("{{ ('<a' * 1000000) | striptags }}", "template_limit"),
        ("{{ [1] | tojson(indent=10 ** 9) }}", "template_limit"),
        ("{% set n = namespace() %}{% set n.n = n %}{{ n }}", "template_forbidden"),
        ("{{ ('ab' * 1000).translate({97: 'x' * 100000}) }}", "template_forbidden"),
        ("{{ 'a' * 10 ** 9 }}", "template_limit"),
        ("{{ 10 ** 99999 }}", "template_limit"),
        ("{{ 'a' | center(10 ** 9) }}", "template_limit"),
        ("{{ 'a'.ljust(10 ** 9) }}", "template_limit"),
        ("{{ 'aaaa'.replace('', 'b' * 100000000) }}", "template_limit"),
        ("{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}", "template_limit"),
        ("{{ x }}" * 300_001, "template_limit"),
        ("{{ ''.__class__.__mro__ }}", "template_forbidden"),
        ("{{ given.append(1) }}", "template_forbidden"),
        ("{{ given.copy().append(1) }}", "template_forbidden"),
        ("{% set l = [] %}{% for i in range(9) %}{% if l.append(l) %}{% endif %}{% endfor %}", "template_limit"),
        (
            "{% set l = [] %}{% for i in range(99999) %}{% set _ = l.extend(['aaaaaaaaaaaa'] * 999) %}{% endfor %}",
            "template_limit",
        ),
        (
            "{% set a = [] %}{% set n = namespace(x=a) %}{% for i in range(15) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
            "{% set _ = a.append('x' * 5000) %}{{ n.x }}",
            "template_limit",
        ),
        ("{{ '%1000000000d' % 1 }}", "template_limit"),
        ("{{ '%*d' % (1000000000, 1) }}", "template_limit"),
        ("{{ '%.1000000000f' | format(1) }}", "template_limit"),
        ("{{ '%(a)s' * 30000 % {'a': 'x' * 3000} }}", "template_limit"),
        ("{{ ['%1000000000d'] | map('format', 1) | list }}", "template_limit"),
        ("{{ '{:1000000000}'.format(1) }}", "template_limit"),
        ("{{ '{:{}}'.format(1, 1000000000) }}", "template_limit"),
        ("{{ '{0.__class__.__mro__}'.format(1) }}", "template_forbidden"),
        ("{{ cycler(*range(100000)).items | map('center', 100000) | list | length }}", "template_limit"),
        ("{{ 1 / 0 }}", "template_failed"),
        ("{{ x.y.z }}", "template_failed"),
        ("{{ lipsum(1000000) }}", "template_failed"),
        ("{% include 'x' %}", "template_failed"),
    ],
)
def test_a_hostile_template_ends_in_an_error(source: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "MAX_SECONDS", 0.2)
    began = time.monotonic()

    with pytest.raises(NodeError) as raised:
        compile_jinja(source).render({"x": "yy", "given": [1]})

    assert raised.value.code == code, raised.value.message
    assert time.monotonic() - began < 3


def test_appending_takes_time_in_proportion() -> None:
    source = "{% set l = [] %}{% for i in range(20000) %}{% set _ = l.append('abc') %}{% endfor %}{{ l | length }}"

    assert compile_jinja(source).render({}) == "20000"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ x|upper }}" * 20_000, "longer than 100,000 characters"),
        ("{{ x|upper }}" * 2_000, "more than 5,000 words and signs"),
        ("{{ [" + "x," * 30_000 + "] }}", "more than 5,000 words and signs"),
    ],
)
def test_a_template_too_large_to_compile_is_refused_at_once(source: str, message: str) -> None:
    began = time.monotonic()

    with pytest.raises(TooLargeError, match=message):
        compile_jinja(source)

    assert time.monotonic() - began < 2


def test_long_plain_text_is_no_large_template() -> None:
    assert compile_jinja("y" * 99_000 + "{{ x|upper }}").render({"x": "a"}) == "y" * 99_000 + "A"
    assert compile_jinja("{{ x }}" * 20_000).render({"x": "a"}) == "a" * 20_000


@pytest.mark.parametrize(
    ("source", "values", "slow"),
    [
        ("{{ x }}", {"x": "a"}, False),
        ("{{ x }}", {"x": ["a"] * 10_000}, True),
        ("{% if x %}{{ x | upper | default('b') }}{% endif %}", {"x": "a"}, False),
        ("{{ x | upper }}", {"x": "a" * 30_000}, True),
        ("{{ x | sort }}", {"x": []}, True),
        ("{{ 'a' * x }}", {"x": 1}, True),
        ("{% for i in x %}{% endfor %}", {"x": []}, True),
        ("{{ x | upper }}" * 200, {"x": ""}, True),
    ],
)
def test_what_may_take_long_is_known_before(source: str, values: dict[str, Any], slow: bool) -> None:
    assert compile_jinja(source).is_slow_with(values) is slow


def test_an_error_names_its_line() -> None:
    with pytest.raises(NodeError) as raised:
        compile_jinja("one\ntwo {{ 1 / 0 }}").render({})

    assert raised.value.line == 2


def test_values_are_not_changed() -> None:
    values = {"x": [1]}

    with pytest.raises(NodeError):
        compile_jinja("{{ x.append(2) }}").render(values)

    assert values == {"x": [1]}


@pytest.mark.parametrize(
    "source", ["{% if 1 %}" * 200 + "{% endif %}" * 200, "{{ " + "(" * 999 + "1" + ")" * 999 + " }}"]
)
def test_a_template_nested_too_deeply_is_refused_when_compiled(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="nested too deeply"):
        compile_jinja(source)


def test_another_thread_goes_on_while_a_template_is_stopped() -> None:
    """The longest that a hostile template may keep the interpreter to itself."""
    longest, done = 0.0, threading.Event()

    def beat() -> None:
        nonlocal longest
        while not done.is_set():
            began = time.monotonic()
            time.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

    thread = threading.Thread(target=beat)
    thread.start()
    for source in (
        TWICE + "{{ n.x }}",
        "{{ ('abcdefgh' * 50000) | list | sort | join }}",
        "{{ (['ab'] * 400000) | tojson }}",
    ):
        with contextlib.suppress(NodeError):
            compile_jinja(source).render({})
    done.set()
    thread.join()

    assert longest < 5.0  # Unbounded, the first of them takes a minute; a busy machine doubles what is left.
