"""weft-quote on realistic passages: whole answers, in English and Chinese, and how it reads a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import torch

from inference.embedding_service import EmbeddingService
from inference.embeddings import Embedder
from inference.quote.answerer import QuoteModel
from inference.request import SamplingParams, Turn
from inference.server.assemble import bundled_embedding

ENGLISH = """Answer the question using only the passages below. Cite them.

[1] Getting started
# Getting started

Weft needs Python 3.11 or 3.12 and nothing else. Docker is not required.

## Start everything

Clone the repository, then run this in its folder:

```
make up
```

The first start takes a few minutes because it installs dependencies and
builds the front end. Later starts take less than 15 seconds.
Open http://127.0.0.1:8000 and sign in with the one-time link printed in the terminal.

[2] Services
`make up` supervises these services:

- PostgreSQL 18 stores workspaces, apps and the log of every run.
- Redis carries live events and the task queue.
- Chroma holds the vectors of your documents.
- The inference server answers embedding requests.

A service that dies is restarted. Data is kept in the folder ./data.

[3] Settings
| Variable | Default | Meaning |
| --- | --- | --- |
| DATABASE_URL | embedded | PostgreSQL to use instead of the embedded one |
| WEFT_MAX_UPLOAD_MB | 100 | Largest file that can be uploaded, in megabytes |
| PORT | 8000 | Port of the web server |

Answer in the language of the question."""

CHINESE = """请根据以下资料回答问题。

[1] 员工手册
# 请假制度

员工每年享有十五天带薪年假。年假须提前三个工作日向部门主管申请，经批准后方可休假。病假需要提供医院开具的诊断证明。

# 报销

差旅费用应在出差结束后三十日内报销，逾期不予受理。报销单须附发票原件：

1. 交通费凭车票或行程单报销；
2. 住宿费每晚不超过五百元；
3. 餐费按每日一百二十元包干。

[2] 公司简介
织网科技成立于2019年，总部位于杭州，现有员工约三百人。公司主要产品为低代码智能应用平台“Weft”，支持在画布上编排工作流。"""

NOT_ANSWERED_EN = "The given passages do not answer this question."
NOT_ANSWERED_ZH = "所给的资料没有回答这个问题。"


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    return Embedder(bundled_embedding(), model_id="all-MiniLM-L6-v2", device=torch.device("cpu"))


def ask(embedder: Embedder | None, *turns: Turn, params: SamplingParams | None = None) -> tuple[list[str], str | None]:
    """The streamed pieces of text and the finish reason."""

    async def run() -> tuple[list[str], str | None]:
        service = EmbeddingService(embedder) if embedder is not None else None
        answer = await QuoteModel(service).chat(turns, SamplingParams(), template_args={})
        pieces = [piece async for piece in answer.pieces(params or SamplingParams())]
        if service is not None:
            await service.close()
        return [piece.text for piece in pieces], pieces[-1].finish_reason

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does Redis do?", "Redis carries live events and the task queue. [2]"),
        ("Which Python version do I need?", "Weft needs Python 3.11 or 3.12 and nothing else. [1]"),
        ("Do I need Docker?", "Docker is not required. [1]"),
        (
            "How do I start Weft?",
            "Weft needs Python 3.11 or 3.12 and nothing else. [1]\n\n"
            "Clone the repository, then run this in its folder:\n```\nmake up\n```\n[1]",
        ),
        (
            "How long does the first start take?",
            "The first start takes a few minutes because it installs dependencies and builds the front end. [1] "
            "Later starts take less than 15 seconds. [1]",
        ),
        (
            "Which services does make up supervise?",
            "`make up` supervises these services:\n"
            "- PostgreSQL 18 stores workspaces, apps and the log of every run.\n"
            "- Redis carries live events and the task queue.\n"
            "- Chroma holds the vectors of your documents.\n"
            "- The inference server answers embedding requests. [2]",
        ),
        (
            "What is the largest file I can upload?",
            "| Variable | Default | Meaning |\n| --- | --- | --- |\n"
            "| WEFT_MAX_UPLOAD_MB | 100 | Largest file that can be uploaded, in megabytes |\n\n[3]",
        ),
        ("Who won the world cup in 2018?", NOT_ANSWERED_EN),
        ("Thanks, that was helpful!", NOT_ANSWERED_EN),
    ],
)
def test_english_answers(embedder: Embedder, question: str, answer: str) -> None:
    words, reason = ask(embedder, Turn("system", ENGLISH), Turn("user", question))

    assert ("".join(words), reason) == (answer, "stop")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("请病假需要什么材料？", "病假需要提供医院开具的诊断证明。 [1]"),
        ("住宿费报销标准是多少？", "住宿费每晚不超过五百元； [1]"),
        ("公司总部在哪里？", "织网科技成立于2019年，总部位于杭州，现有员工约三百人。 [2]"),
        ("公司什么时候成立的？", "织网科技成立于2019年，总部位于杭州，现有员工约三百人。 [2]"),
        ("Weft支持什么？", "公司主要产品为低代码智能应用平台“Weft”，支持在画布上编排工作流。 [2]"),
        (
            "怎么申请年假？",
            "员工每年享有十五天带薪年假。 [1] 年假须提前三个工作日向部门主管申请，经批准后方可休假。 [1]",
        ),
        ("如何更换打印机墨盒？", NOT_ANSWERED_ZH),
    ],
)
def test_chinese_answers(question: str, answer: str) -> None:
    words, reason = ask(None, Turn("system", CHINESE), Turn("user", question))

    assert ("".join(words), reason) == (answer, "stop")


def test_without_passages_it_says_what_it_is() -> None:
    english, _ = ask(None, Turn("user", "Tell me a joke"))
    chinese, _ = ask(None, Turn("system", "你是一个助手。"), Turn("user", "讲个笑话"))

    assert "".join(english) == (
        "I only quote from passages that are supplied with the question, and there are none here. "
        "Connect a language model for free conversation."
    )
    assert "".join(chinese) == "我只引用随问题提供的资料，这里没有资料。要自由对话，请接入一个语言模型。"


def test_it_streams_word_by_word_and_character_by_character() -> None:
    english, _ = ask(None, Turn("user", "hello"))
    chinese, _ = ask(None, Turn("user", "你好"))

    assert english[:4] == ["I ", "only ", "quote ", "from "]
    assert chinese[:4] == ["我", "只", "引", "用"]


def test_max_tokens_cuts_the_answer_short() -> None:
    words, reason = ask(None, Turn("user", "hello"), params=SamplingParams(max_tokens=3))

    assert (words, reason) == (["I ", "only ", "quote ", ""], "length")


def test_it_streams_through_the_server(server: object) -> None:
    import openai

    from tests.inference.process import ServerProcess

    assert isinstance(server, ServerProcess)
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        chunks = list(
            client.chat.completions.create(
                model="weft-quote",
                messages=[
                    {"role": "system", "content": ENGLISH},
                    {"role": "user", "content": "What does Redis do?"},
                ],
                stream=True,
                stop=["queue"],
                stream_options={"include_usage": True},
            )
        )

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "Redis carries live events and the task "
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 8
