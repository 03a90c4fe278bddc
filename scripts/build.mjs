// npm run build: TypeScript to dist/, the browser client as one module, Pixi.js as one module for the pages, and the games' programs.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isStale, markBuilt, root, run } from './setup.mjs'

if (!process.argv.includes('--if-stale') || isStale()) {
  if (!existsSync(join(root, 'node_modules', 'typescript'))) {
    console.error('the packages are missing that it is built with: run `npm ci` first')
    process.exit(1)
  }
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  // The client, and what uses it in Node, know a browser's globals; everything else does not.
  for (const part of ['build', 'client', 'connect'])
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', `tsconfig.${part}.json`])
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(root, 'src', 'client', 'client.ts')],
    outfile: join(root, 'dist', 'client', 'playpipe.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
  })
  const { buildVendor } = await import('./vendor.mjs')
  await buildVendor(root)
  const { buildGames } = await import('./games.mjs')
  await buildGames(root)
  const { buildDocs } = await import('./docs.mjs')
  buildDocs(root)
  markBuilt()
}
