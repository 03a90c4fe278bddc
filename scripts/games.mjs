// The games in TypeScript become programs of one file each, which Node and QuickJS run, and modules that their pages load.
import { join } from 'node:path'
import { build } from 'esbuild'

/** What QuickJS of 2020 and later understands, and every browser that the pages run in. */
const TARGET = 'es2020'

/**
 * Writes `games/bigtwo/dist/game.mjs`, `bot.mjs`, and `public/bigtwo/rules.js`.
 *
 * @param {string} root the repository's root
 */
export async function buildGames(root) {
  const from = (file) => join(root, 'games', 'bigtwo', file)
  const common = { bundle: true, format: 'esm', target: TARGET, logLevel: 'warning' }
  await Promise.all([
    build({
      ...common,
      entryPoints: [from('game.ts'), from('bot.ts')],
      outdir: from('dist'),
      outExtension: { '.js': '.mjs' },
      // Not for one engine: neither Node's modules nor a browser's are at hand.
      platform: 'neutral',
      minifySyntax: true,
      minifyWhitespace: true,
    }),
    build({
      ...common,
      entryPoints: [from('rules.ts')],
      outfile: join(root, 'public', 'bigtwo', 'rules.js'),
      // The page's types come from rules.ts.
      banner: { js: '// @ts-nocheck: made of games/bigtwo/rules.ts by `npm run build`' },
    }),
  ])
}
