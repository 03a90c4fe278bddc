#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

// A server's garbage is short-lived: a young generation that does not grow halves the memory of an idle client.
setFlagsFromString('--semi-space-growth-factor=1')

if (!existsSync(new URL('../dist/cli.js', import.meta.url))) {
  console.error('playpipe: not built yet: run `npm start`, or `npm ci && npm run build`, in its folder')
  process.exit(1)
}
const { main } = await import('../dist/cli.js')
await main(process.argv.slice(2))
