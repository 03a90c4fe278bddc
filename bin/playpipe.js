#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// A server's garbage is short-lived: a young generation that does not grow halves the memory of an idle client.
setFlagsFromString('--semi-space-growth-factor=1')

const { main } = await import('../dist/cli.js')
await main(process.argv.slice(2))
