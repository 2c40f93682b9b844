// Builds one HTML file: script, style and fonts stand in it, and a policy forbids everything else.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const FONTS = ["KaTeX_Main", "KaTeX_Math", "KaTeX_Size1", "KaTeX_Size2", "KaTeX_Size3", "KaTeX_Size4"];
const TYPESETTER = "node_modules/katex/dist/katex.min.js";
const SOURCES = [
  ...["package.json", "package-lock.json", "template.html", "vite.config.js"],
  ...readdirSync("src").map((name) => `src/${name}`),
].sort();

// The digest of all sources, each with its name; a test compares it with the sources at hand.
function digest() {
  const hash = createHash("sha256");
  for (const name of SOURCES) {
    hash.update(`${name}\n`).update(readFileSync(name, "utf8"));
  }
  return hash.digest("hex");
}

// Upright and italic text in one weight, and only in the format that every browser of today reads.
function fewerFonts() {
  const isKept = (rule) =>
    FONTS.some((font) => rule.includes(`${font}-`)) && !/Bold|Main-Italic/.test(rule);
  return {
    name: "fewer-fonts",
    enforce: "pre",
    load(id) {
      if (!id.endsWith("katex.min.css")) return null;
      return readFileSync(id, "utf8")
        .replace(/@font-face\{[^}]*\}/g, (rule) => (isKept(rule) ? rule : ""))
        .replace(/,url\([^)]*\.(woff|ttf)\) format\("\w+"\)/g, "");
    },
  };
}

// A program as it can stand in an element of the page, and what the policy knows it by.
const embedded = (script) => script.replaceAll("</script", "<\\/script").trim();
const digestOf = (script) => createHash("sha256").update(script).digest("base64");

function oneFile() {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += part.source;
        delete bundle[name];
      }
      script = embedded(script);
      const typesetter = embedded(readFileSync(TYPESETTER, "utf8"));
      const policy = [script, typesetter].map((text) => `'sha256-${digestOf(text)}'`).join(" ");
      const parts = { script, typesetter, style, sources: digest(), policy };
      const source = readFileSync("template.html", "utf8").replace(
        /%(\w+)%/g,
        (_, name) => parts[name],
      );
      this.emitFile({ type: "asset", fileName: "page.html", source });
    },
  };
}

export default defineConfig({
  plugins: [fewerFonts(), oneFile()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join("..", "src", "kobai", "derivation"),
    emptyOutDir: false,
    target: "es2022",
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: { input: "src/main.jsx", output: { format: "iife" } },
  },
});
