// npm run readme: writes the table of options into README.md, from the option table in src/config.ts.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, root } from './setup.mjs'

const BEGIN = /<!-- options: [^>]*-->\n/
const END = '<!-- /options -->'

/** README.md with the table that the options of this build give. */
export async function withOptions(readme) {
  const { OPTIONS } = await import('../dist/config.js')
  const { helpOf, termOf } = await import('../dist/cli.js')
  const cell = (text) => text.replaceAll('|', '\\|')
  const rows = Object.values(OPTIONS).map((row) => {
    const term = row.alias ? `${termOf(row.flags)}, ${row.alias}` : termOf(row.flags)
    return `| \`${cell(term)}\` | ${cell(helpOf(row)).replace(/(?<=^|\s)([{#$]\S+|"_cache":true|--\w+=\w+)/g, '`$1`')} |`
  })
  const table = ['| option | meaning |', '|---|---|', ...rows, ''].join('\n')
  const begin = BEGIN.exec(readme)
  const from = begin.index + begin[0].length
  return readme.slice(0, from) + table + readme.slice(readme.indexOf(END, from))
}

if (process.argv[1] === import.meta.filename) {
  build()
  const file = join(root, 'README.md')
  writeFileSync(file, await withOptions(readFileSync(file, 'utf8')))
}
