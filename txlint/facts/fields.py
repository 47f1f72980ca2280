"""The fields of libcst's nodes in the order of the source text. Generated: `python -m tests.facts.test_fields` renews it.

libcst itself knows this order only inside `_visit_and_replace_children`; walking by this table is some sixty times faster
than its position providers (and so is not a few per cent of the parse but their multiple).
"""

from __future__ import annotations

# fmt: off
_ROWS: tuple[tuple[str, str], ...] = (
    (
        "Add AddAssign And AssignEqual BitAnd BitAndAssign BitOr BitOrAssign BitXor BitXorAssign Colon Comma Divide "
        "DivideAssign Dot Equal FloorDivide FloorDivideAssign GreaterThan GreaterThanEqual In Is LeftShift "
        "LeftShiftAssign LessThan LessThanEqual MatrixMultiply MatrixMultiplyAssign Modulo ModuloAssign Multiply "
        "MultiplyAssign NotEqual Or Power PowerAssign RightShift RightShiftAssign Semicolon Subtract SubtractAssign",
        "whitespace_before whitespace_after",
    ),
    ("AnnAssign", "target annotation equal value semicolon"),
    ("Annotation", "whitespace_before_indicator whitespace_after_indicator annotation"),
    ("Arg", "whitespace_after_star keyword equal value comma whitespace_after_arg"),
    ("AsName", "whitespace_before_as name whitespace_after_as"),
    ("Assert", "whitespace_after_assert test comma msg semicolon"),
    ("Assign", "targets value semicolon"),
    ("AssignTarget", "target whitespace_before_equal whitespace_after_equal"),
    ("Asynchronous BitInvert LeftCurlyBrace LeftParen LeftSquareBracket Minus Not Plus", "whitespace_after"),
    ("Attribute", "lpar value dot attr rpar"),
    ("AugAssign", "target operator value semicolon"),
    ("Await", "lpar whitespace_after_await expression rpar"),
    ("BinaryOperation BooleanOperation", "lpar left operator right rpar"),
    ("Break Continue Pass", "semicolon"),
    ("Call", "lpar func whitespace_after_func whitespace_before_args args rpar"),
    (
        "ClassDef",
        "leading_lines decorators lines_after_decorators whitespace_after_class name whitespace_after_name "
        "type_parameters whitespace_after_type_parameters lpar bases keywords rpar whitespace_before_colon body",
    ),
    (
        "CompFor",
        "whitespace_before asynchronous whitespace_after_for target whitespace_before_in whitespace_after_in iter ifs "
        "inner_for_in",
    ),
    ("CompIf", "whitespace_before whitespace_before_test test"),
    ("Comparison", "lpar left comparisons rpar"),
    ("ComparisonTarget", "operator comparator"),
    ("ConcatenatedString", "lpar left whitespace_between right rpar"),
    ("Decorator", "leading_lines whitespace_after_at decorator trailing_whitespace"),
    ("Del", "target whitespace_after_del semicolon"),
    ("Dict Set", "lpar lbrace elements rbrace rpar"),
    ("DictComp", "lpar lbrace key whitespace_before_colon whitespace_after_colon value for_in rbrace rpar"),
    ("DictElement", "key whitespace_before_colon whitespace_after_colon value comma"),
    ("Element MatchSequenceElement", "value comma"),
    ("Ellipsis Float Imaginary Integer Name SimpleString", "lpar rpar"),
    ("Else Finally", "leading_lines whitespace_before_colon body"),
    ("EmptyLine TrailingWhitespace", "whitespace comment newline"),
    ("ExceptHandler", "leading_lines whitespace_after_except type name whitespace_before_colon body"),
    ("ExceptStarHandler", "leading_lines whitespace_after_except whitespace_after_star type name whitespace_before_colon body"),
    ("Expr", "value semicolon"),
    (
        "For",
        "leading_lines asynchronous whitespace_after_for target whitespace_before_in whitespace_after_in iter "
        "whitespace_before_colon body orelse",
    ),
    ("FormattedString TemplatedString", "lpar parts rpar"),
    (
        "FormattedStringExpression TemplatedStringExpression",
        "whitespace_before_expression expression equal whitespace_after_expression format_spec",
    ),
    ("From", "whitespace_before_from whitespace_after_from item"),
    (
        "FunctionDef",
        "leading_lines decorators lines_after_decorators asynchronous whitespace_after_def name whitespace_after_name "
        "type_parameters whitespace_after_type_parameters whitespace_before_params params returns "
        "whitespace_before_colon body",
    ),
    ("GeneratorExp", "lpar elt for_in rpar"),
    ("Global", "whitespace_after_global names semicolon"),
    ("If", "leading_lines whitespace_before_test test whitespace_after_test body orelse"),
    (
        "IfExp",
        "lpar body whitespace_before_if whitespace_after_if test whitespace_before_else whitespace_after_else orelse "
        "rpar",
    ),
    ("Import", "whitespace_after_import names semicolon"),
    ("ImportAlias", "name asname comma"),
    (
        "ImportFrom",
        "whitespace_after_from relative module whitespace_before_import whitespace_after_import lpar names rpar "
        "semicolon",
    ),
    ("IndentedBlock Module", "header body footer"),
    ("Index", "whitespace_after_star value"),
    ("IsNot NotIn", "whitespace_before whitespace_between whitespace_after"),
    ("Lambda", "lpar whitespace_after_lambda params colon body rpar"),
    ("LazyImport", "whitespace_after_lazy whitespace_after_import names semicolon"),
    (
        "LazyImportFrom",
        "whitespace_after_lazy whitespace_after_from relative module whitespace_before_import whitespace_after_import "
        "lpar names rpar semicolon",
    ),
    ("List", "lpar lbracket elements rbracket rpar"),
    ("ListComp", "lpar lbracket elt for_in rbracket rpar"),
    ("Match", "leading_lines whitespace_after_match subject whitespace_before_colon whitespace_after_colon cases footer"),
    ("MatchAs", "lpar pattern whitespace_before_as whitespace_after_as name rpar"),
    (
        "MatchCase",
        "leading_lines whitespace_after_case pattern whitespace_before_if whitespace_after_if guard "
        "whitespace_before_colon body",
    ),
    ("MatchClass", "lpar cls whitespace_after_cls whitespace_before_patterns patterns kwds whitespace_after_kwds rpar"),
    ("MatchKeywordElement", "key whitespace_before_equal whitespace_after_equal pattern comma"),
    ("MatchList", "lpar lbracket patterns rbracket rpar"),
    ("MatchMapping", "lpar lbrace elements whitespace_before_rest rest trailing_comma rbrace rpar"),
    ("MatchMappingElement", "key whitespace_before_colon whitespace_after_colon pattern comma"),
    ("MatchOr MatchTuple", "lpar patterns rpar"),
    ("MatchOrElement", "pattern separator"),
    ("MatchSingleton MatchValue", "value"),
    ("MatchStar", "whitespace_before_name name comma"),
    ("NameItem", "name comma"),
    ("NamedExpr", "lpar target whitespace_before_walrus whitespace_after_walrus value rpar"),
    ("Nonlocal", "whitespace_after_nonlocal names semicolon"),
    ("Param", "whitespace_after_star name annotation equal default comma whitespace_after_param"),
    ("ParamSlash", "comma whitespace_after"),
    ("ParamSpec TypeVarTuple", "name whitespace_after_star"),
    ("ParamStar", "comma"),
    ("Parameters", "posonly_params posonly_ind params star_arg kwonly_params star_kwarg"),
    ("ParenthesizedWhitespace", "first_line empty_lines last_line"),
    ("Raise", "whitespace_after_raise exc cause semicolon"),
    ("Return", "whitespace_after_return value semicolon"),
    ("RightCurlyBrace RightParen RightSquareBracket", "whitespace_before"),
    ("SetComp", "lpar lbrace elt for_in rbrace rpar"),
    ("SimpleStatementLine", "leading_lines body trailing_whitespace"),
    ("SimpleStatementSuite", "leading_whitespace body trailing_whitespace"),
    ("Slice", "lower first_colon upper second_colon step"),
    ("StarredDictComp", "lpar lbrace whitespace_before_value value for_in rbrace rpar"),
    ("StarredDictElement", "whitespace_before_value value comma"),
    ("StarredElement", "lpar whitespace_before_value value rpar comma"),
    ("Subscript", "lpar value whitespace_after_value lbracket slice rbracket rpar"),
    ("SubscriptElement", "slice comma"),
    ("Try TryStar", "leading_lines whitespace_before_colon body handlers orelse finalbody"),
    ("Tuple", "lpar elements rpar"),
    (
        "TypeAlias",
        "whitespace_after_type name whitespace_after_name type_parameters whitespace_after_type_parameters "
        "whitespace_after_equals value semicolon",
    ),
    ("TypeParam", "param equal whitespace_after_star default comma"),
    ("TypeParameters", "lbracket params rbracket"),
    ("TypeVar", "name colon bound"),
    ("UnaryOperation", "lpar operator expression rpar"),
    ("While", "leading_lines whitespace_after_while test whitespace_before_colon body orelse"),
    ("With", "leading_lines asynchronous whitespace_after_with lpar items rpar whitespace_before_colon body"),
    ("WithItem", "item asname comma"),
    ("Yield", "lpar whitespace_after_yield value rpar"),
)
# fmt: on

FIELDS: dict[str, tuple[str, ...]] = {name: tuple(fields.split()) for names, fields in _ROWS for name in names.split()}
"""Node class -> its child fields, in source order. Classes that are not named have none."""
