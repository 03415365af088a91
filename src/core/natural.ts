/** Compares as people count: numbers in the texts by their value, so `3.9` is before `3.23`. */
export function compareNatural(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const endA = endOfDigits(a, i)
    const endB = endOfDigits(b, j)
    if (endA > i && endB > j) {
      const order = compareDigits(a.slice(i, endA), b.slice(j, endB))
      if (order !== 0) return order
      i = endA
      j = endB
    } else {
      const order = a.charCodeAt(i++) - b.charCodeAt(j++)
      if (order !== 0) return order
    }
  }
  return a.length - i - (b.length - j) || Number(a > b) - Number(a < b)
}

function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, '')
  const y = b.replace(/^0+/, '')
  return x.length - y.length || Number(x > y) - Number(x < y)
}

function endOfDigits(text: string, start: number): number {
  let end = start
  while (end < text.length && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++
  return end
}
