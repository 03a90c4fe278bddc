import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OPTIONS } from '../../src/options.ts'
import { CHILD, connect, ROOT, runToEnd } from '../helpers.ts'
import { folderOfGames, serving, temporaryFolder } from './serving.ts'

const SHOW_ARGS = `process.stdout.write(JSON.stringify(process.argv.slice(1))+'\\n');process.stdin.resume()`

describe('the help', () => {
  test.each(['-h', '--help'])('%s names every option and ends with status 0', async (flag) => {
    const { status, stdout, stderr } = await runToEnd([flag])
    expect([status, stderr]).toEqual([0, ''])
    for (const { flags } of Object.values(OPTIONS)) {
      for (const word of flags.match(/(^|\s)--?\w+/g)!) expect(stdout).toMatch(new RegExp(`\\s${word.trim()}(?![a-z])`))
    }
    expect(stdout).toMatch(/^Usage: playpipe \[options\] <CMD> \[-- <ARGS>\.\.\.\]/)
  })

  test.each(['-V', '--version'])('%s prints the version and ends with status 0', async (flag) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(await runToEnd([flag])).toEqual({ status: 0, stdout: `playpipe ${version}\n`, stderr: '' })
  })
})

describe('the command and its arguments', () => {
  const heard = async (...args: string[]) => (await connect(await serving(args), '/r')).json()
  const node = ['node', '--', '-e', SHOW_ARGS]

  test('options stand before or after it', async () => {
    for (const args of [
      ['--json', 'cat'],
      ['cat', '--json'],
    ]) {
      expect(await heard(...args)).toEqual({ t: 'Join', _from: 1 })
    }
  })

  test('further plain words are arguments', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'game.py'), 'import sys\nprint(sys.argv[1:])\nsys.stdin.read()\n')
    const client = await connect(await serving(['python3', 'game.py', 'one', 'two'], { cwd }), '/r')
    expect(await client.next()).toBe("['one', 'two']")
  })

  test('what follows -- is the arguments alone, flags of ours and a second -- included', async () => {
    expect(await heard(...node, 'one', '--json', '--', '-x', '--frame', '', 'a b')).toEqual([
      'one',
      '--json',
      '--',
      '-x',
      '--frame',
      '',
      'a b',
    ])
  })

  test('the command may stand behind -- too', async () => {
    expect(await heard('--json', '--', 'cat')).toEqual({ t: 'Join', _from: 1 })
  })

  test('--frame alone is json, and does not take the command for its value', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'echo.sh'), '#!/bin/sh\nexec cat\n')
    chmodSync(join(cwd, 'echo.sh'), 0o755)
    for (const flags of [['--frame'], ['--frame=json']]) {
      const client = await connect(await serving([...flags, './echo.sh'], { cwd }), '/r')
      client.send({ n: 1 })
      expect(await client.json()).toEqual({ _from: 1, n: 1 }) // and no Join line before it
    }
  })

  test('--delimiters= is empty: chunks as they are read', async () => {
    const client = await connect(await serving(['--delimiters=', 'printf', '--', 'a\\nb\\n']), '/r')
    expect(await client.next()).toBe('a\nb\n')
  })

  test('a value with spaces, quotes and dashes is passed as it is', async () => {
    const client = await connect(await serving(['--joinmsg', '--x "#ID" $HOME *', 'cat']), '/r')
    expect(await client.next()).toBe('--x "1" $HOME *')
  })
})

describe('--config', () => {
  const folder = (content: object) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'config.json'), JSON.stringify(content))
    return cwd
  }

  test('reads options and the command', async () => {
    const cwd = folder({
      json: true,
      metrics: false,
      cache: 2,
      rooms: ['a', 'b'],
      passenv: 'PATH',
      maxpayload: '2k',
      command: ['cat'],
    })
    const server = await serving(['--config', 'config.json'], { cwd })
    const a = await connect(server, '/a')
    expect(await a.json()).toEqual({ t: 'Join', _from: 1 })
    await expect(connect(server, '/c')).rejects.toThrow('400')
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404)
    a.send({ x: 'x'.repeat(3000) })
    expect(await a.closed).toMatchObject({ code: 1009 })
  })

  test('yields to the command line, option by option', async () => {
    const cwd = folder({ json: true, joinmsg: 'from the file', leavemsg: 'out #ID', command: ['no-such-program'] })
    const server = await serving(['--config=config.json', '--joinmsg', '{"in":#ID}', 'cat'], { cwd })
    const a = await connect(server, '/r')
    expect(await a.json()).toEqual({ in: 1 })
    const b = await connect(server, '/r')
    await b.close()
    expect([await a.next(), await a.next()]).toEqual(['{"in":2}', 'out 2'])
  })

  test('yields to --port and to a framing on the command line where it says --addr and --json', async () => {
    const cwd = folder({ addr: '192.0.2.1:9', json: true, joinmsg: 'in', command: ['cat'] })
    const server = await serving(['--config', 'config.json', '--port', '0', '--frame=json'], { cwd, addr: '' })
    expect(await (await connect(server, '/r')).next()).toBe('in')
  })

  test('knows the other name of an option too', async () => {
    const cwd = folder({ maxforks: 1, command: ['cat'] })
    const server = await serving(['--config', 'config.json'], { cwd })
    await connect(server, '/r')
    expect(await (await connect(server, '/s')).closed).toMatchObject({ code: 4503 })
  })
})

test('--port is short for --addr 0.0.0.0:PORT', async () => {
  const server = await serving(['--port', '0', 'cat'], { addr: '' })
  expect(server.log()).toContain(`0.0.0.0:${server.port}`)
  const client = await connect(server, '/r')
  client.send('hi')
  expect(await client.next()).toBe('hi')
})

test('--addr takes an IPv6 address in brackets', async () => {
  const server = await serving(['--joinmsg', '#REMOTE_ADDR', 'cat'], { addr: '[::1]:0' })
  const client = await connect({ url: `http://[::1]:${server.port}` }, '/r')
  expect(await client.next()).toMatch(/^\[::1\]:\d+$/)
})

test('what is not built, or lacks its packages, says what to do in one line', async () => {
  const clone = temporaryFolder()
  for (const name of ['bin', 'scripts', 'package.json'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  const [unbuilt, bare] = ['bin/playpipe.js', 'scripts/build.mjs'].map((file) =>
    spawnSync(process.execPath, [join(clone, file)], { encoding: 'utf8' }),
  )
  expect(unbuilt).toMatchObject({ status: 1, stderr: expect.stringMatching(/^playpipe: not built .*`npm start`.*\n$/) })
  expect(bare).toMatchObject({ status: 1, stderr: expect.stringMatching(/^[^\n]*`npm ci`[^\n]*\n$/) })
})

describe('the line that says where it listens', () => {
  const told = async (args: string[]) => {
    const server = await serving(args)
    const [line] = /listening on .*/.exec(server.log())!
    return line.replaceAll(String(server.port), '9000').replace(/\((uWebSockets\.js|ws)\)/, '(ws)')
  }
  const pageAt = (folder: string, ...names: string[]) => {
    mkdirSync(join(folder, ...names, 'page'))
    writeFileSync(join(folder, ...names, 'page', 'index.html'), 'page')
  }

  test('says where rooms are, since there is no page', async () => {
    expect(await told(['cat'])).toBe('listening on 127.0.0.1:9000 (ws); rooms at ws://127.0.0.1:9000/ROOM')
  })

  test('says what to open, where there is a page', async () => {
    const folder = temporaryFolder()
    pageAt(folder)
    expect(await told(['--staticdir', join(folder, 'page'), 'cat'])).toBe(
      'listening on 127.0.0.1:9000 (ws); open http://127.0.0.1:9000/',
    )
  })

  test('names the page or the rooms of each game', async () => {
    const games = { one: { command: 'cat', staticdir: 'page' }, 'a b': { command: 'cat' } }
    const folder = folderOfGames(games)
    pageAt(folder, 'one')
    expect(await told(['--games', folder])).toBe(
      'listening on 127.0.0.1:9000 (ws); rooms at ws://127.0.0.1:9000/a%20b/ROOM; open http://127.0.0.1:9000/one/',
    )
    expect(await told(['--games', folder, 'cat'])).toMatch(
      /\(ws\); rooms at ws:\/\/127\.0\.0\.1:9000\/ROOM; rooms at .*; open /,
    )
  })
})

describe('the log', () => {
  const play = async (flags: string[]) => {
    const server = await serving([...flags, '--frame=json', 'node', '--', CHILD, 'puppet'])
    const client = await connect(server, '/caf%C3%A9')
    client.send({ print: '{"_to":999}\n{"_to":true}\nnot JSON "quoted"\n' })
    await client.next()
    await client.close()
    await server.logged(/ended/)
    await server.stop()
    return server.log()
  }

  test('--log json writes nothing but JSON lines, with the room as a key', async () => {
    const lines = (await play(['--log', 'json', '-v', '-v'])).trimEnd().split('\n')
    const parsed = lines.map((line) => JSON.parse(line))
    for (const line of parsed)
      expect(line).toMatchObject({ level: expect.any(Number), msg: expect.any(String), time: expect.any(Number) })
    expect(parsed.some(({ room, msg }) => room === 'caf\u00e9' && /joined/.test(msg))).toBe(true)
  })

  test('goes to stderr as text, one line each', async () => {
    const lines = (await play([])).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^\[\d\d:\d\d:\d\d\] [A-Z]+: /)
    expect(lines.some((line) => line.includes(' caf\u00e9: client 1 joined'))).toBe(true)
  })

  test('-v tells more: an address that nobody has', async () => {
    expect(await play(['-v'])).toMatch(/DEBUG: caf\u00e9: .*999/)
    expect(await play([])).not.toMatch(/DEBUG|999/)
  })

  test('warns at start of what is rarely meant, and of which game', async () => {
    const server = await serving(['--joinmsg', 'hi #FOO', 'cat'])
    expect(server.log()).toMatch(/WARN: --joinmsg: #FOO /)
    const games = await serving(['--games', folderOfGames({ one: { command: 'cat', binary: true, json: true } })])
    expect(games.log()).toMatch(/WARN: the game one: --binary with JSON framing/)
  })

  test('nothing is written to stdout', async () => {
    const { status, stdout } = await runToEnd(['--addr', '127.0.0.1:0', '--nonsense', 'cat'])
    expect([status, stdout]).toEqual([2, ''])
  })
})
