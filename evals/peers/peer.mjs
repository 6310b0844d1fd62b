// One npm library over JSON lines, as peer.py: `node peer.mjs NAME NOW`; times are local to the zone of NOW's offset.
import * as chrono from 'chrono-node'
import recognizers from '@microsoft/recognizers-text-date-time'
import rrulePackage from 'rrule'
import { createInterface } from 'node:readline'

const { RRule } = rrulePackage
const [name, nowText] = process.argv.slice(2)
// Node's zone is set to UTC by the caller, so that local and UTC are one and times stay naive.
const now = new Date(nowText + 'Z')
const iso = (date) => date.toISOString().replace('Z', '')

const peers = {
  'chrono-node': (text) => {
    const found = chrono.parseDate(text, now, { forwardDate: true })
    return { times: found ? [iso(found)] : [], repeats: false }
  },
  rrule: (text) => {
    const options = RRule.parseText(text)
    if (!options || options.freq === undefined) return { times: [], repeats: false }
    const expand = () => {
      const rule = new RRule({ ...options, dtstart: now })
      const times = []
      for (let at = rule.after(now); at && times.length < 10; at = rule.after(at)) times.push(iso(at))
      return times
    }
    return { expand, repeats: true }
  },
  recognizers: (text) => {
    const found = recognizers.recognizeDateTime(text, recognizers.Culture?.English ?? 'en-us', 0, now)
    const values = found.flatMap((f) => f.resolution?.values ?? [])
    const set = values.find((v) => v.type === 'set')
    if (set) return { expand: () => days(set.timex), repeats: true }
    const times = values
      .map((v) => v.value ?? v.start)
      .filter((v) => v && v !== 'not resolved')
      .map((v) => (/^\d\d:/.test(v) ? `${nowText.slice(0, 10)}T${v}` : v.replace(' ', 'T')))
      .map((v) => (v.length === 10 ? v + 'T09:00:00' : v))
      .map((v) => new Date(v + 'Z'))
      .filter((d) => !Number.isNaN(d.getTime()))
      .map((d) => (d <= now && values.some((v) => v.type === 'time') ? new Date(d.getTime() + 86400e3) : d))
      .filter((d) => d > now)
      .sort((a, b) => a - b)
    return { times: times.slice(0, 1).map(iso), repeats: false }
  },
}

// Recognizers gives repetitions as TIMEX; the daily and weekly ones are expanded here, the others give no times.
function days(timex) {
  const match = /^(?:P1D|XXXX-WXX-(\d)|XXXX-XX-XX)?(?:T(\d\d)(?::(\d\d))?)?$/.exec(timex)
  if (!match) return []
  const times = []
  const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), +(match[2] ?? 9), +(match[3] ?? 0)))
  for (let k = 0; times.length < 10; k++, day.setUTCDate(day.getUTCDate() + 1)) {
    if (day > now && (!match[1] || (day.getUTCDay() || 7) === +match[1])) times.push(iso(day))
  }
  return times
}

try { peers[name]('tomorrow at 9') } catch { /* warming up */ }
for await (const line of createInterface({ input: process.stdin })) {
  let found = { times: [], repeats: false }
  const begin = process.hrtime.bigint()
  try { found = peers[name](JSON.parse(line)) } catch { /* a crash is a refusal, at best */ }
  const us = Number(process.hrtime.bigint() - begin) / 1000
  // Parsing is measured, as it is for Alarum; a repetition is expanded afterwards.
  let times = found.times ?? []
  try { times = found.expand ? found.expand() : times } catch { /* likewise */ }
  console.log(JSON.stringify({ times, repeats: found.repeats, us }))
}
