import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Makes one file of a script with its modules, as the command is one. */
export async function bundle(script: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(script)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    outfile,
    banner: {
      js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
    },
    logLevel: 'error',
  })
}
