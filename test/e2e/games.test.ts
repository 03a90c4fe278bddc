import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect, raw, TRANSPORTS } from '../helpers.ts'
import { folderOfGames, serving, temporaryFolder } from './serving.ts'

const WHO = `import json, os, sys
print(json.dumps({'_meta': True, 'kind': sys.argv[1]}))
for line in sys.stdin:
    print(json.dumps({'game': sys.argv[1], 'room': os.environ['ROOM'], 'here': os.path.basename(os.getcwd()), 'heard': line}))
`

/** Two games, one with a page, and a folder for all. */
function games(): { folder: string; shared: string } {
  const folder = temporaryFolder()
  const shared = join(folder, 'shared files')
  for (const name of ['one', 'two']) {
    mkdirSync(join(folder, name, 'page', 'art'), { recursive: true })
    writeFileSync(join(folder, name, 'game.py'), WHO)
    const staticdir = name === 'one' ? { staticdir: 'page' } : {}
    const content = { command: ['python3', 'game.py', name], json: name === 'one', ...staticdir }
    writeFileSync(join(folder, name, 'game.json'), JSON.stringify(content))
    writeFileSync(join(folder, name, 'page', 'index.html'), `page of ${name}`)
    writeFileSync(join(folder, name, 'page', 'art', 'index.html'), `art of ${name}`)
  }
  mkdirSync(join(shared, 'one'), { recursive: true })
  writeFileSync(join(shared, 'index.html'), 'start')
  writeFileSync(join(shared, 'one', 'extra.txt'), 'extra')
  return { folder, shared }
}

describe.each(TRANSPORTS)('several games on %s', (transport) => {
  const start = async (...args: string[]) => {
    const { folder, shared } = games()
    return serving(['--transport', transport, '--games', folder, '--staticdir', shared, '--api', '--metrics', ...args])
  }

  test('each have rooms of their own, with their own program, folder and options', async () => {
    const server = await start()
    const [ann, bob] = [await connect(server, '/one/den'), await connect(server, '/two/den/')]
    expect(await ann.json()).toEqual({ game: 'one', room: 'den', here: 'one', heard: '{"t":"Join","_from":1}\n' })
    bob.send('hello')
    const [heard] = (await bob.until((frame) => frame.includes('heard'))).slice(-1)
    expect(JSON.parse(heard!)).toEqual({ game: 'two', room: 'den', here: 'two', heard: 'hello\n' })
    const rooms = (await (await fetch(`${server.url}/api/rooms/`)).json()) as { name: string }[]
    expect(rooms.map(({ name }) => name)).toEqual(['one/den', 'two/den'])
    const one = await (await fetch(`${server.url}/api/one%2Fden/`)).json()
    expect(one).toEqual({ name: 'one/den', connections: 1, metadata: { kind: 'one' } })
    expect(server.log()).toContain('two/den: client 2 joined')
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('room="one/den"')
  })

  test('are where their name is, and nowhere else', async () => {
    const server = await start()
    await expect(connect(server, '/den')).rejects.toThrow(/^404/)
    await expect(connect(server, '/one')).rejects.toThrow(/^404/)
    await expect(connect(server, '/one/')).rejects.toThrow(/^404/)
    await expect(connect(server, '/three/den')).rejects.toThrow(/^404/)
    await expect(connect(server, '/one/den/x')).rejects.toThrow(/^404/)
    await expect(connect(server, '/one/api')).rejects.toThrow(/^400 Invalid room/)
  })

  test('may stand beside a program of the server’s own', async () => {
    const server = await start('cat')
    const ann = await connect(server, '/den')
    ann.send('hi')
    expect(await ann.next()).toBe('hi')
    await expect(connect(server, '/one')).rejects.toThrow(/^404/)
    expect((await (await connect(server, '/one/den')).json()).game).toBe('one')
  })

  test('are limited to the rooms that are listed', async () => {
    const server = await start('--rooms', 'one/den')
    await connect(server, '/one/den')
    await expect(connect(server, '/one/attic')).rejects.toThrow(/^400 Invalid room/)
  })

  test('show the files that they name, under their name, and what is shared', async () => {
    const server = await start()
    const get = async (path: string) => {
      const answer = await fetch(server.url + path)
      return answer.ok ? answer.text() : answer.status
    }
    expect(await get('/')).toBe('start')
    expect(await get('/one/')).toBe('page of one')
    expect(await get('/one')).toBe('page of one')
    expect(await get('/one/?room=den')).toBe('page of one')
    expect(await get('/one/index.html')).toBe('page of one')
    expect(await get('/one/art')).toBe('art of one')
    expect(await get('/one/extra.txt')).toBe('extra')
    expect(await get('/two/')).toBe(404)
    expect(await get('/playpipe.js')).toContain('playpipe.v1')
    const redirect = await raw(server, 'GET /one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /\r\n\r\n/)
    expect(redirect).toMatch(/^HTTP\/1.1 301 [\s\S]*location: \/one\//i)
    const deeper = await raw(server, 'GET /one/art?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /\r\n\r\n/)
    expect(deeper).toMatch(/location: \/one\/art\//i)
  })

  test('never show their programs, by any spelling', async () => {
    const server = await start()
    for (const path of [
      ...[
        '/one/game.py',
        '/one/game.json',
        '/one/../game.py',
        '/one/..%2fgame.py',
        '/one/%2e%2e/game.py',
        '/two/game.py',
      ],
      ...[
        '/one/..%5cgame.py',
        '/one//../game.py',
        '/%6fne/../game.py',
        '/one/./../game.py',
        '//one/game.py',
        '/one%2fgame.py',
      ],
    ]) {
      const answer = await raw(
        server,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        /\r\n\r\n[\s\S]*./,
      )
      expect(answer, path).toMatch(/^HTTP\/1.1 (404|403|400) /)
      expect(answer, path).not.toContain('json.dumps')
    }
  })
})

test('a game whose program is not there is named at start', async () => {
  const folder = folderOfGames({ one: { command: ['./nothing.py'] } })
  await expect(serving(['--games', folder])).rejects.toThrow(/playpipe: .*one.*nothing\.py: no such command/)
})
