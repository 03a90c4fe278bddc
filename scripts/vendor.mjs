// Browsers read public/ as it lies there, but Pixi's eval-free build is many files of bare imports, and a strict
// Content-Security-Policy leaves no room for an inline import map. So it becomes one module here.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// The patch that avoids `new Function` has to run before any renderer is made: hence first.
const ENTRY = "import 'pixi.js/unsafe-eval'\nexport * from 'pixi.js'\n"

/**
 * Writes `public/vendor/pixi.mjs`: all of pixi.js, needing no eval and importing nothing.
 *
 * @param {string} root the repository's root, which holds `node_modules/` and `public/`
 * @returns {Promise<string>} the file written
 */
export async function buildVendor(root) {
  const outfile = join(root, 'public/vendor/pixi.mjs')
  await build({
    stdin: { contents: ENTRY, resolveDir: root, sourcefile: 'pixi-entry.js' },
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    minify: true,
    legalComments: 'inline',
    logLevel: 'warning',
  })
  return outfile
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(await buildVendor(fileURLToPath(new URL('..', import.meta.url))))
}
