/** One load in a process of its own: `child.ts FILE`. Prints the most memory it ever had, in bytes. */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { Bed } from '../../capabilities/ingest/bed';

async function main(file: string): Promise<void> {
  const bed = await Bed.make('bench_memory');
  try {
    await copyFile(file, path.join(bed.root, 'flights.csv'));
    await bed.load({
      from: { files: 'flights.csv', nulls: ['NA'] },
      into: 'raw.flights',
      quarantine: { limit: '1%' },
    });
    process.stdout.write(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024 }));
  } finally {
    await bed.close();
  }
}

main(process.argv[2]!).then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
