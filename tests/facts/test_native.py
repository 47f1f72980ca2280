"""Python's own parser and libcst: the same facts, whichever reads a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from txlint.errors import NotAnalysed
from txlint.facts import native
from txlint.facts.extract import extract
from txlint.facts.reading import read

ROOT = Path(__file__).parent.parent.parent
CASES = [
    b"",
    b"x=1",
    b"x=1\n",
    b"def f(): pass",
    b"def f(): pass; x = (\n1); y()\n",
    b"if a: b(); c()\nelif d: e()\nelse: g()",
    b"x = ((a(),\n b) for q in (\n (c)))\n",
    b"f(\n x for x in y)\n",
    b"del a,\n",
    b"del (a,)\n",
    b"del (a), b\n",
    b"'a' f'{b()}'\n",
    b"'a' 'b'\n",
    b"f'a{x=}b{y = !r:>{w}}c'\n",
    b"f'{{a}}\\x41\\n{x}}}\\{y}'\n",
    b"rf'{{a}}\\n{x}'\n",
    b"x = 0xFF + 1_000 + 1e3 + 2j + 00 + 0b1 + 12345678901234567\n",
    b"class A(*b, metaclass=M, **kw): x = 1\n",
    b"f(a, *b, c=1, *d, **e)\n",
    b"(\n a\n .b()\n .c(\n)\n)\n",
    b"x = (\n  lambda: (yield)\n)\n",
    b"(a\n)(b)\n",
    b"(a.\n b\n)(c)\n",
    b"async def f():\n  async with a as b, c:\n    await (d)()\n  async for x in y: pass\n  return [x async for x in y]\n",
    b"match a:\n  case (\n   B()\n   | C()\n  ):\n    d()\n  # c\n  case [1, *_] if e():\n    g()\n  case _:\n    h()\n",
    b"@a\n# c\n@b(\n 1)\n\n# x\ndef f(a, /, b=1, *c: int, d=2, **e) -> x:\n  pass\n  # trailing\n# more\n",
    b"class A:\n\n  def f(self):\n    if x:\n      pass\n      # deep\n    # less\n\n# top\ny\n",
    b"try:\n  a\nexcept (A, *B) as e:\n  pass\nexcept:\n  pass\nelse:\n  b\nfinally:\n  c\n",
    b"try: a\nexcept* (A): pass\n",
    b"try: a\nexcept A, B: pass\n",
    b"while a:\n  b\nelse:\n  c\n",
    b"import a.b as c, d . e\nfrom . import x\nfrom ..y import (z as w,\n q)\nfrom m import *\n",
    b"\xc3\xa9 = '\xc3\xbc\\ud800' 'x'\nf'\xc3\xa9{\xc3\xa9}\xc3\xbc'\n",
    b"x = b'\\xff' b'a'\n",
    b"global a\nnonlocal_ = 1\nassert a, b\nraise\nraise A from b\n",
    b"x = a if b else c or d and e or g\nnot a < b < c\n-a ** ~b\n",
    b"if (n := f(1)): pass\nx = {**a, 'b': 1, c: [*d]}\n",
    b"with (open(a) as b, c): pass\nwith (a, b): pass\nwith (a): pass\nwith (a, b) as c: pass\n",
    b"x: int\nx: int = 1\n(x): int = f()\nself.x: int = 1\nx += 1; x @= 2\n",
    b"x = 1 \\\n + f()\n\n\n# noqa: E1\ny = (1, # noqa\n  # txlint: ignore[X] a\n 2)\n# with atomic():\n#   @deco\n",
    b"\xef\xbb\xbfx = 1\n",
    b"x = 1\r\ndef f():\r\n    '''a\r\nb'''\r\n    return f(1,\r\n2)\r\n",
    b"def f():\n\treturn 1\n\n\x0c\ndef g():\n  pass\n",
    b"print(f'{a!r}' f'{b:{c()}}' 'x')\n",
    b"x = '''a\n\n''', f(1)\n",
    b"x = yield\n",
    b"async def f():\n  x = [await a(y) for y in z]\n  yield\n",
    b"x = ...\n...\nx[...]\n",
    b"f(**a, b=1)\nf(a)(b)(c)\nf()[0]()\n",
    b"x = (yield)\n",
    b"lambda *a, b=1, **c: a\n",
    b"class A: pass\n",
    b"class A(B, c=lambda: 1, d=2):\n  x = lambda: 2\n",
    b"# noqa",
    b"x\\\n.y()\n",
    b"if a:\n  pass\nelse:\n  if b:\n    pass\n  else: c\n",
    b"for x in a: pass\nelse: pass",
    b"try:\n  a\nfinally: b\n",
    b'f"""\\\na{b}"""\n',
    b"f'{x}' ''\n",
    b"f''\n",
    b"f'{f\"{a}\"}'\n",
    b"x = (  # noqa\n  f(a)  # noqa: X\n)\n",
    b"def f():\n  '''doc'''\n",
    b"{a: b for a in c}\n{(a, b) for a in c}\n",
    b"[(\n a,\n b) for a in c]\n",
    b"[(\n (\na,\n b)) for a in c]\n",
    b"f((\nx for x in y))\n",
    b"del (a,\n b), c[d]\n",
    b"x = {\n 'a': f(\n 1),\n}\n",
    b"return_ = 1\nreturn (\n f())\n",
    b"def f():\n   pass\n   \n",
    b"def f():\n   pass\n   # c",
    b"0x_f\n1_0.0_1\n1_0j\n0_0\n",
    b"def \\\n f(): pass\nclass \\\n A: pass\n",
    b"x = 1;\ny = 2; z = f(\n3); w()\n",
    b"a[b,]\na[b]\na[(b,)]\na[1:2, 3]\n",
]
"""Where the two parsers say different things of the same text, and what stands on which line is easily got wrong."""
LEFT = ["type X = int\n", "\ufb01le = 1\n", "a[*b]\n", "x = 1\ry = 2\n", "t'{a}'\n"]


@pytest.mark.parametrize("source", CASES)
def test_the_facts_are_the_same(source: bytes) -> None:
    found = native.facts(source)
    assert found is not None
    assert found == extract(source)


def test_the_facts_of_whole_projects_are_the_same() -> None:
    every = [path for folder in ("txlint", "tests", "rules", "examples") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert every
    for path in every[::4]:
        source = path.read_bytes()
        found = native.facts(source)
        assert found is not None, path
        assert found == extract(source), path


@pytest.mark.parametrize("source", LEFT)
def test_what_only_libcst_can_tell_is_left_to_it(source: str) -> None:
    if native.facts(source.encode()) is None:  # As it is with Python 3.11.
        assert read(source.encode()) == extract(source.encode())
    else:
        assert native.facts(source.encode()) == extract(source.encode())


@pytest.mark.parametrize("source", [b"def f(:\n", b"x = \xff\n", b"print 'x'\n", b"# coding: rot13\n", b"x = " + b"(" * 300])
def test_what_is_wrong_is_said_by_libcst(source: bytes) -> None:
    assert native.facts(source) is None or b"coding" in source
    with pytest.raises(NotAnalysed):
        read(source)


def test_libcst_is_not_imported_for_what_python_reads_itself() -> None:
    program = "import sys; from txlint.facts.reading import read; read(b'x = f(1)\\n'); assert 'libcst' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


COMMENTED = [
    b"x = 1  # noqa\n",
    b"# txlint: ignore[TX301] 'why\nx = '# no comment' + \"'#\" # one\n",
    b"x = ''\ny = '''# no\n'# no\n'''  # one\nz = 'a\\\n # no'  # two\n",
    b'x = r"\\\\"  # one\ny = r"\\" #"  # two\n',
    b'"""# no\n\\"""# no\n"""#one\n\n\n#two',
    b"f'{a[\"#\"]}'  # one\nf'''{a['x']!r}# no'''\n",
    "x = 'é' # é\n".encode(),
    b"(a, # one\n b) \\\n .c # two\n",
    b"x = '' ''  '' # one\n" + b'"' * 4 + b'a\\"' + b'"' * 3 + b" # two\n",
]


@pytest.mark.parametrize("source", COMMENTED, ids=str)
def test_comments_are_scanned_as_they_are_tokenized(source: bytes) -> None:
    compile(source, "<source>", "exec", dont_inherit=True)
    found = tuple(native.scanned(source))
    assert found
    assert found == tuple(native.tokenized(source))
