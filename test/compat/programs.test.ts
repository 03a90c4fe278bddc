/** Programs that know nothing of Playpipe, in rooms: as their makers wrote them, and one small game in many languages. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Player, type Program, Server, settled } from './server.ts'

// Debian keeps its games there, and not on root's PATH.
process.env.PATH += ':/usr/games'

const root = join(import.meta.dirname, '../..')
const playpipe: Program = { name: 'playpipe', argv: [process.execPath, join(root, 'bin/playpipe.js')] }
const folder = mkdtempSync(join(tmpdir(), 'programs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** True, and says so, when the machine lacks a program. */
function lacks(tool: string): boolean {
  const missing = spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0
  if (missing) console.log(`skipped: ${tool} is not installed`)
  return missing
}

interface Room {
  readonly server: Server
  join(): Promise<Player>
}

async function inRoom(args: readonly string[], visit: (room: Room) => Promise<void>): Promise<void> {
  const server = await Server.start(playpipe, args, { cwd: folder })
  const players: Player[] = []
  try {
    expect(server.listening, server.output()).toBe(true)
    const join = async () => {
      const player = await Player.join(server.port, '/r')
      players.push(player)
      return player
    }
    await visit({ server, join })
  } finally {
    for (const { socket } of players) socket.terminate()
    await server.stop()
  }
}

async function says(player: Player, text: string, answer: string): Promise<void> {
  player.socket.send(text)
  await player.hears(answer)
  expect(player.frames.join('\n')).toContain(answer)
}

describe.concurrent('programs of other people', () => {
  test.skipIf(lacks('gnugo'))('gnugo answers genmove black', async () => {
    await inRoom(['gnugo', '--', '--mode', 'gtp'], async ({ join }) => {
      const player = await join()
      await says(player, 'boardsize 9', '=')
      player.socket.send('genmove black')
      await settled(() => player.frames.some((frame) => /^= [A-HJ][1-9]$/.test(String(frame))), 'a move')
    })
  })

  test.skipIf(lacks('bc'))('bc computes, and both players see it', async () => {
    await inRoom(['bc', '--', '-lq'], async ({ join }) => {
      const [a, b] = [await join(), await join()]
      await says(b, '1+1', '2')
      await says(a, '2^100', '1267650600228229401496703205376')
      await b.hears('1267650600228229401496703205376')
      await says(a, 's(1)', '.84147098480789650665')
    })
  })

  test.skipIf(lacks('bash'))('bash opens /dev/stdin, /dev/stdout and /dev/stderr', async () => {
    const script = 'read -r x </dev/stdin; echo "out $x" >/dev/stdout; echo "err $x" >/dev/stderr; cat /dev/stdin'
    await inRoom(['bash', '--', '-c', script], async ({ server, join }) => {
      const player = await join()
      await says(player, 'one', 'out one')
      await says(player, 'two', 'two')
      await settled(() => server.stderr.includes('err one'), 'the log to have what went to /dev/stderr')
      expect(player.frames).toEqual(['out one', 'two'])
    })
  })

  test.skipIf(lacks('python3'))('a Python script that never flushes is heard at once', async () => {
    writeFileSync(
      join(folder, 'lazy.py'),
      'import sys\nprint("ready")\nfor line in sys.stdin:\n    print(line, end="")\n',
    )
    await inRoom(['python3', 'lazy.py'], async ({ join }) => {
      const player = await join()
      await player.hears('ready')
      await says(player, 'hello', 'hello')
      expect(player.frames).toEqual(['ready', 'hello'])
    })
  })
})

interface Game {
  readonly tool: string
  readonly file: string
  readonly source: string
  readonly build?: readonly string[]
  readonly run: readonly string[]
}

const out = (name: string) => join(folder, name)

/** Each answers a line with `echo LINE`, and ends with its input. */
const games: Record<string, Game> = {
  Python: {
    tool: 'python3',
    file: 'echo.py',
    source: 'import sys\nfor line in sys.stdin:\n    print("echo", line, end="")\n',
    run: ['python3', '--', 'echo.py'],
  },
  Node: {
    tool: 'node',
    file: 'echo.mjs',
    source: `import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) console.log('echo ' + line)
`,
    run: ['node', '--', 'echo.mjs'],
  },
  Bash: {
    tool: 'bash',
    file: 'echo.sh',
    source: 'while IFS= read -r line; do echo "echo $line"; done\n',
    run: ['bash', '--', 'echo.sh'],
  },
  Perl: {
    tool: 'perl',
    file: 'echo.pl',
    source: '$| = 1;\nprint "echo $_" while <STDIN>;\n',
    run: ['perl', '--', 'echo.pl'],
  },
  C: {
    tool: 'cc',
    file: 'echo.c',
    source: `#include <stdio.h>
int main(void) {
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    printf("echo %s", line);
    fflush(stdout);
  }
}
`,
    build: ['cc', '-o', out('echo-c'), out('echo.c')],
    run: [out('echo-c')],
  },
  Rust: {
    tool: 'rustc',
    file: 'echo.rs',
    source: `fn main() {
    for line in std::io::stdin().lines() {
        println!("echo {}", line.unwrap());
    }
}
`,
    build: ['rustc', '-o', out('echo-rust'), out('echo.rs')],
    run: [out('echo-rust')],
  },
  Go: {
    tool: 'go',
    file: 'echo.go',
    source: `package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println("echo " + lines.Text())
	}
}
`,
    build: ['go', 'build', '-o', out('echo-go'), out('echo.go')],
    run: [out('echo-go')],
  },
}

describe('one game in many languages', () => {
  for (const [language, game] of Object.entries(games)) {
    test.skipIf(lacks(game.tool))(`${language} answers both players`, { timeout: 180_000 }, async () => {
      writeFileSync(out(game.file), game.source)
      if (game.build) {
        const [compiler = '', ...args] = game.build
        const built = spawnSync(compiler, args, { cwd: folder, encoding: 'utf8' })
        expect(built.status, built.stderr).toBe(0)
      }
      await inRoom(game.run, async ({ join }) => {
        const [a, b] = [await join(), await join()]
        await says(b, 'hello', 'echo hello')
        await says(a, '{"x":"é"}', 'echo {"x":"é"}')
        await b.hears('echo {"x":"é"}')
        expect(b.frames).toEqual(['echo hello', 'echo {"x":"é"}'])
      })
    })
  }
})
