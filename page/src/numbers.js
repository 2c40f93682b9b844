// Numbers and arrays as text, with the digits that Python's `.4g` shows.

const DIGITS = 4;
const ENTRIES = 2;

export function number(value, dtype = "float64") {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (!dtype.startsWith("float")) return String(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, power] = rounded(Math.abs(value));
  const sign = value < 0 ? "-" : "";
  if (power >= DIGITS || power < -4) {
    const exponent = String(Math.abs(power)).padStart(2, "0");
    const mantissa = trimmed(`${digits[0]}.${digits.slice(1)}`);
    return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${exponent}`;
  }
  if (power < 0) return sign + trimmed(`0.${"0".repeat(-power - 1)}${digits}`);
  return sign + trimmed(`${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`);
}

// The leading digits of a number and the power of ten of the first. As in Python, the exact decimal
// value is rounded, and half way to the even digit; a tie of doubles shows within 100 digits.
function rounded(value) {
  const [mantissa, exponent] = value.toExponential(100).split("e");
  const exact = mantissa.replace(".", "");
  const kept = exact.slice(0, DIGITS);
  const half = "5".padEnd(exact.length - DIGITS, "0");
  const rest = exact.slice(DIGITS);
  const isUp = rest > half || (rest === half && Number(kept) % 2 === 1);
  const digits = String(Number(kept) + (isUp ? 1 : 0));
  const carry = digits.length - DIGITS;
  return [digits.slice(0, DIGITS), Number(exponent) + carry];
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}

export const count = (value) => value.shape.reduce((a, b) => a * b, 1);

// A number, or the first entries of an array.
export function brief(value, entries = ENTRIES) {
  const shown = value.entries.slice(0, entries).map((entry) => number(entry, value.dtype));
  if (value.shape.length === 0) return shown[0];
  return `[${shown.join(" ")}${count(value) > entries ? " …" : ""}]`;
}

export function shapeText(shape) {
  return `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
}
