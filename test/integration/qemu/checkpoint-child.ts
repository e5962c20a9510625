/**
 * A program that makes one checkpoint after the other and says which there are, until it is killed. It deletes each third
 * one again.
 *
 *     checkpoint-child.ts ROOT FIRST alone
 *     checkpoint-child.ts ROOT FIRST backup FOLDER
 */
import { writeSync } from 'node:fs'
import { open, unwrap } from '../../../src/index.ts'

const [root = '', first = '', way = '', folder = ''] = process.argv.slice(2)
const connection = unwrap(await open(`qemu:///embed?root=${root}`))
const domain = unwrap(await connection.domainLookupByName('vm'))

/** Reaches the reader before anything else happens, even death. */
function say(word: string, name: string): void {
  writeSync(1, `${word} ${name}\n`)
}

async function make(name: string): Promise<void> {
  const xml = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
  if (way === 'alone') {
    unwrap(await domain.checkpointCreateXML(xml))
    say('made', name)
    return
  }
  const id = unwrap(
    await domain.backupBegin(
      `<domainbackup mode='pull'>
        <server transport='unix' socket='${folder}/nbd.sock'/>
        <disks><disk name='vda'><scratch file='${folder}/scratch.vda'/></disk></disks>
      </domainbackup>`,
      xml,
    ),
  )
  say('made', name)
  unwrap(await domain.backupEnd(id))
}

say('ready', first)
for (let number = Number(first); ; number += 1) {
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what this is about
  await make(`c${number}`)
  if (number % 3 !== 0) continue
  say('unmaking', `c${number}`)
  // oxlint-disable-next-line no-await-in-loop -- likewise
  const checkpoint = unwrap(await domain.checkpointLookupByName(`c${number}`))
  // oxlint-disable-next-line no-await-in-loop -- likewise
  unwrap(await checkpoint.delete())
}
