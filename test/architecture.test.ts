import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './helpers.ts'

const SRC = join(ROOT, 'src')
const MAX_LINES = 400

/** What lies directly in src/, beside these two, is of the lowest level. */
const LEVEL_OF_FILE: Record<string, number> = { 'cli.ts': 6, 'server.ts': 5, 'connect.ts': 5 }
const LEVEL_OF_FOLDER: Record<string, number> = {
  edge: 4,
  lobby: 3,
  cluster: 3,
  rooms: 2,
  child: 1,
  wire: 0,
  client: 0,
}

interface Import {
  /** As it is written. */
  readonly from: string
  /** Within src/; undefined for a package. */
  readonly file: string | undefined
  /** Whether only types are taken: nothing of it is left when the program runs. */
  readonly typeOnly: boolean
}

interface Module {
  readonly name: string
  /** The folder in src/, '' for src/ itself. */
  readonly folder: string
  readonly level: number
  readonly text: string
  readonly imports: readonly Import[]
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?([^'";]*?)\s*\bfrom\s*['"]([^'"]+)['"]/gm
const BARE = /^\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/gm

function importsOf(name: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '')
  const inSrc = (from: string) =>
    from.startsWith('.') ? relative(SRC, resolve(SRC, dirname(name), from)).replaceAll('\\', '/') : undefined
  const named = [...code.matchAll(STATEMENT)].map(([, type, what, from]) => {
    const members = /^\{([\s\S]*)\}$/
      .exec(what!)?.[1]
      ?.split(',')
      .filter((member) => member.trim() !== '')
    const typeOnly = type !== undefined || members?.every((member) => /^\s*type\s/.test(member)) === true
    return { from: from!, file: inSrc(from!), typeOnly }
  })
  const bare = [...code.matchAll(BARE)].map(([, plain, called]) => {
    const from = (plain ?? called)!
    return { from, file: inSrc(from), typeOnly: false }
  })
  return [...named, ...bare]
}

function levelOf(name: string): number | undefined {
  const [folder, file] = name.split('/')
  return file === undefined ? (LEVEL_OF_FILE[folder!] ?? 0) : LEVEL_OF_FOLDER[folder!]
}

const modules: Module[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(join(SRC, name), 'utf8')
    const folder = name.includes('/') ? name.split('/')[0]! : ''
    return { name, folder, level: levelOf(name) ?? Number.NaN, text, imports: importsOf(name, text) }
  })

/** Each import that breaks a rule, as a line. */
function offences(where: (module: Module) => boolean, wrong: (from: Import, module: Module) => boolean): string[] {
  return modules
    .filter(where)
    .flatMap((module) =>
      module.imports.filter((one) => wrong(one, module)).map(({ from }) => `${module.name} imports ${from}`),
    )
}

const all = () => true
const within = (folder: string) => (module: Module) => module.folder === folder

describe('this test', () => {
  it('reads every kind of import', () => {
    const text = `
      import a, { b, type C } from './wire/a.ts'
      import type { D } from './wire/d.ts'
      import {
        type E,
        type F,
      } from '../e.ts'
      import './side-effect.ts'
      export { g } from './g.ts'
      export * from './h.ts'
      export type { I } from "./i.ts"
      const j = await import('./j.ts')
      const k = createRequire(import.meta.url)('x')
      const l = require('ws')
      // import { no } from './comment.ts'
      /* import { no } from './comment.ts' */
      const { from } = 'not an import'`
    expect(importsOf('rooms/x.ts', text).map(({ from, file, typeOnly }) => [from, file, typeOnly])).toEqual([
      ['./wire/a.ts', 'rooms/wire/a.ts', false],
      ['./wire/d.ts', 'rooms/wire/d.ts', true],
      ['../e.ts', 'e.ts', true],
      ['./g.ts', 'rooms/g.ts', false],
      ['./h.ts', 'rooms/h.ts', false],
      ['./i.ts', 'rooms/i.ts', true],
      ['./side-effect.ts', 'rooms/side-effect.ts', false],
      ['./j.ts', 'rooms/j.ts', false],
      ['ws', undefined, false],
    ])
  })

  it('sees the sources, and no import leads to nothing', () => {
    expect(modules.length).toBeGreaterThan(20)
    const names = new Set(modules.map(({ name }) => name))
    expect(offences(all, ({ file }) => file !== undefined && !names.has(file))).toEqual([])
  })
})

describe('the layers', () => {
  it('every file lies in one of them', () => {
    expect(modules.filter(({ level }) => Number.isNaN(level)).map(({ name }) => name)).toEqual([])
  })

  it('arrows point down, or stay in their folder', () => {
    const allowed = (file: string, { folder, level }: Module) => {
      const target = levelOf(file)!
      if (target < level) return true
      const sameFolder = file.includes('/') && file.split('/')[0] === folder
      // The lowest level has no order of its own: the options speak of framing, the log of its options. wire/ has a rule of its own.
      return target === level && (sameFolder || level === 0)
    }
    expect(offences(all, ({ file }, module) => file !== undefined && !allowed(file, module))).toEqual([])
  })

  it('wire/ is pure: nothing of other layers, nothing of Node but its Buffer, no package', () => {
    const foreign = offences(within('wire'), ({ from, file }) =>
      file === undefined ? from !== 'node:buffer' : !file.startsWith('wire/'),
    )
    expect(foreign).toEqual([])
  })

  it('rooms/ knows of children their types only', () => {
    expect(offences(within('rooms'), ({ file, typeOnly }) => file?.startsWith('child/') === true && !typeOnly)).toEqual(
      [],
    )
  })

  it('rooms/, lobby/ and cluster/ open no sockets and start no programs', () => {
    const world = /^node:(net|http2?|https|tls|dgram|child_process|cluster)$/
    expect(
      offences(
        ({ level }) => level === 2,
        ({ from }) => world.test(from),
      ),
    ).toEqual([])
    expect(
      offences(
        ({ level }) => level < 4 && level !== 1,
        ({ from }) => /^node:(http2?|https)$/.test(from),
      ),
    ).toEqual([])
  })

  it('client/ runs in a browser: wire/ and itself, nothing of Node', () => {
    const foreign = offences(
      within('client'),
      ({ file }) => file === undefined || !(file.startsWith('wire/') || file.startsWith('client/')),
    )
    expect(foreign).toEqual([])
  })

  it('only edge/ knows which WebSockets there are', () => {
    const outside = (module: Module) => module.folder !== 'edge'
    expect(offences(outside, ({ from }) => /^(ws|uWebSockets\.js|@uwsjs\/.*)$/.test(from))).toEqual([])
    // A name that is loaded in some other way is a string.
    const named = modules.filter(outside).filter(({ text }) => /['"`](uWebSockets\.js['"`]|@uwsjs\/)/.test(text))
    expect(named.map(({ name }) => name)).toEqual([])
  })

  it('only the composition root puts the edge together', () => {
    const drivers = /^edge\/(uws|ws|uws-library|uws-http|uws-apps|uws-socket|ws-socket)\.ts$/
    const outside = ({ name, folder }: Module) => folder !== 'edge' && name !== 'server.ts'
    expect(offences(outside, ({ file }) => file !== undefined && drivers.test(file))).toEqual([])
  })

  it('no two files import each other, however long the way', () => {
    const byName = new Map(modules.map((module) => [module.name, module]))
    const cycles: string[] = []
    const walk = (name: string, path: readonly string[]): void => {
      if (path.includes(name)) return void cycles.push([...path.slice(path.indexOf(name)), name].join(' → '))
      for (const { file, typeOnly } of byName.get(name)?.imports ?? [])
        if (file !== undefined && !typeOnly) walk(file, [...path, name])
    }
    for (const { name } of modules) walk(name, [])
    expect([...new Set(cycles)]).toEqual([])
  })
})

describe('files', () => {
  it(`end within ${MAX_LINES} lines`, () => {
    const lines = modules.map(({ name, text }) => ({ name, lines: text.trimEnd().split('\n').length }))
    expect(lines.filter((file) => file.lines > MAX_LINES)).toEqual([])
  })

  it('have a noun for a name, and "utils" is none', () => {
    const vague = /(^|[/-])(utils?|helpers?|misc|common)([/.-]|$)/
    expect(modules.filter(({ name }) => vague.test(name)).map(({ name }) => name)).toEqual([])
  })

  it('use the global Buffer only where Node runs', () => {
    const inBrowser = modules.filter(({ folder }) => folder === 'client')
    expect(inBrowser.filter(({ text }) => /\bBuffer\b/.test(text)).map(({ name }) => name)).toEqual([])
  })
})
