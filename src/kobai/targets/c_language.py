"""C99: its words, its numbers and the functions of libm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from kobai.graph import AnyDType
from kobai.targets.expressions import UNARY
from kobai.targets.loop_language import LoopLanguage
from kobai.targets.source import Source

_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while _Bool _Complex _Imaginary bool true false complex imaginary I asm typeof linux unix
alignas alignof constexpr nullptr static_assert thread_local typeof_unqual and or not xor class new
delete this template try catch throw namespace using public private protected virtual operator
main errno assert signgam step status done show place whole allocate environ stdin stdout
 stderr EOF NULL NAN INFINITY HUGE_VAL RAND_MAX
"""
_LIBRARY = """
abort abs acos acosh asin asinh atan atan2 atanh atexit atof atoi atol atoll bsearch calloc cbrt
ceil clearerr copysign cos cosh div erf erfc exit exp exp2 expm1 fabs fclose fdim feof ferror
fflush fgetc fgetpos fgets floor fma fmax fmin fmod fopen fpclassify fprintf fputc fputs fread free
freopen frexp fscanf fseek fsetpos ftell fwrite gamma getc getchar getenv gets hypot ilogb index
isalnum isalpha isdigit isfinite isgreater isinf isless isnan isnormal j0 j1 jn labs ldexp ldiv
lgamma llabs lldiv llrint llround log log10 log1p log2 logb lrint lround malloc mblen mbtowc memchr
memcmp memcpy memmove memset modf nan nearbyint nextafter nexttoward perror pow printf putc putchar
puts qsort rand realloc remainder remove remquo rename rewind rindex rint round scalbln scalbn
scanf setbuf setvbuf signbit sin sinh snprintf sprintf sqrt srand sscanf strcat strchr strcmp
strcpy strlen strncmp strtod strtol system tan tanh tgamma tmpfile tmpnam trunc ungetc va_list
vprintf y0 y1 yn size_t ptrdiff_t wchar_t int64_t int32_t div_t ldiv_t FILE
"""
TYPES = {"float64": "double", "int64": "int64_t", "int32": "int32_t", "bool": "bool"}

HELPERS = {
    "allocate": """\
/* Memory for so many entries, of which there may be none; NULL if there is not enough. */
static void *allocate(ptrdiff_t entries, size_t bytes)
{
    return calloc(entries > 0 ? (size_t)entries : 1, bytes);
}
""",
    "place": """\
/* The place that an index names along an axis: from its end, if it is negative. */
static ptrdiff_t place(int64_t index, ptrdiff_t length)
{
    if (index < -length || index >= length) {
        fprintf(stderr, "index %lld is outside an axis of length %lld\\n", (long long)index,
                (long long)length);
        exit(EXIT_FAILURE);
    }
    return (ptrdiff_t)(index < 0 ? index + length : index);
}
""",
    "whole": """\
/* A number without its fraction. */
static int64_t whole(double x)
{
    return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (int64_t)x : INT64_MIN;
}
""",
    "show": """\
/* Prints the entries of an array, row by row. */
static void show(const char *name, ptrdiff_t entries, const double *array)
{
    printf("%s =", name);
    for (ptrdiff_t entry = 0; entry < entries; entry++) {
        printf(" %.17g", array[entry]);
    }
    printf("\\n");
}
""",
}


class C(LoopLanguage):
    """C99."""

    name = "C"
    comment = "//"
    first = 0
    reserved = frozenset((_WORDS + _LIBRARY).split())
    infinity, nan = "INFINITY", "NAN"
    helpers = HELPERS
    calls: ClassVar = {
        **{
            name: f"{name}({{0}})"
            for name in (
                "exp",
                "expm1",
                "log",
                "log1p",
                "sqrt",
                "floor",
                "ceil",
                "rint",
                "trunc",
                "sin",
                "cos",
                "tan",
                "tanh",
                "sinh",
                "cosh",
                "asin",
                "acos",
                "atan",
                "asinh",
                "acosh",
                "atanh",
                "exp2",
                "log2",
                "log10",
                "cbrt",
                "erf",
                "erfc",
                "lgamma",
            )
        },
        **{name: f"{name}({{0}}, {{1}})" for name in ("pow", "atan2", "hypot", "fmod", "copysign")},
        "abs": "fabs({0})",
        "place": "place({0}, {1})",
        "own": "{0}({1})",
    }

    def floating(self, value: float) -> str:
        if value.is_integer() and abs(value) < 1e6:
            return f"{value:.1f}"
        return repr(value)

    def whole(self, value: int) -> Source:
        if value == -(2**63):
            return Source("INT64_MIN")
        return Source(f"INT64_C({value})" if abs(value) >= 2**31 else str(value))

    def truth(self, value: bool) -> Source:
        return Source("true" if value else "false")

    def select(self, operands: Sequence[Source], is_array: bool) -> Source:
        condition, a, b = operands
        return Source(f"{condition:2} ? {a:2} : {b:2}", 1)

    def cast(self, operand: Source, old: AnyDType, new: AnyDType, is_array: bool) -> Source:
        if old.kind == "f" and new.kind == "i":
            text = f"whole({operand})"
            return Source(text if new.itemsize == 8 else f"(int32_t){text}", UNARY)
        if new.kind == "b":
            return Source(f"{operand:6} != 0", 4)
        return Source(f"({TYPES[new.name]}){operand:9}", UNARY)

    def infix(self, instruction: str, arrays: Sequence[bool]) -> str:
        return "!=" if instruction == "xor" else self.symbols[instruction]

    def loop(self, variable: str, length: Source, is_reverse: bool) -> tuple[str, str]:
        if is_reverse:
            return (
                f"for (ptrdiff_t {variable} = {length} - 1; {variable} >= 0; {variable}--) {{",
                "}",
            )
        return f"for (ptrdiff_t {variable} = 0; {variable} < {length}; {variable}++) {{", "}"

    def branch(self, condition: Source) -> tuple[str, str]:
        return f"if ({condition}) {{", "}"

    def declared(self, name: str, dtype: AnyDType, value: str) -> str:
        return f"{TYPES[dtype.name]} {name} = {value};"

    def assigned(self, target: str, value: str) -> str:
        return f"{target} = {value};"

    def added(self, target: str, value: Source) -> str:
        return f"{target} += {value};"

    def element(self, name: str, lengths: Sequence[Source], places: Sequence[Source]) -> Source:
        """Row by row: `X[i * n + j]`."""
        if not lengths:
            return Source(f"{name}[{places[0]}]")
        offset = Source("")
        for length, place in zip(lengths, places, strict=True):
            if length == "1":
                continue
            if offset in ("", "0"):
                offset = place
            elif place == "0":
                offset = Source(f"{offset:7} * {length:8}", 7)
            else:
                offset = Source(f"{offset:7} * {length:8} + {place:7}", 6)
        return Source(f"{name}[{offset or '0'}]")

    def commented(self, text: str) -> list[str]:
        return [f"// {text}"]
