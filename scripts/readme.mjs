// npm run readme: writes the option table of src/options.ts into README.md, and the last bench into README.md and docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, root } from './setup.mjs'

/** A text with what stands between two marks replaced. */
function between(text, name, content) {
  const begin = new RegExp(`<!-- ${name}: [^>]*-->\\n`).exec(text)
  const from = begin.index + begin[0].length
  return text.slice(0, from) + content + text.slice(text.indexOf(`<!-- /${name} -->`, from))
}

/** A text with the table that the last run of the bench printed. */
export function withBench(text) {
  return between(text, 'bench', readFileSync(join(root, 'bench', 'results', 'table.md'), 'utf8'))
}

/** README.md with the table that the options of this build give. */
export async function withOptions(readme) {
  const { OPTIONS } = await import('../dist/options.js')
  const { helpOf, termOf } = await import('../dist/cli.js')
  const cell = (text) => text.replaceAll('|', '\\|')
  const rows = Object.values(OPTIONS).map((row) => {
    const term = row.alias ? `${termOf(row.flags)}, ${row.alias}` : termOf(row.flags)
    return `| \`${cell(term)}\` | ${cell(helpOf(row)).replace(/(?<=^|\s)([{#$]\S+|"_cache":true|--\w+=\w+)/g, '`$1`')} |`
  })
  const table = ['| option | meaning |', '|---|---|', ...rows, ''].join('\n')
  return between(readme, 'options', table)
}

if (process.argv[1] === import.meta.filename) {
  build()
  const readme = join(root, 'README.md')
  const performance = join(root, 'docs', 'performance.md')
  writeFileSync(readme, withBench(await withOptions(readFileSync(readme, 'utf8'))))
  writeFileSync(performance, withBench(readFileSync(performance, 'utf8')))
}
