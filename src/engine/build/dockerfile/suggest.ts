/** "Did you mean": the nearest known word. */

/** The word of `known` that is nearest to `word`: within a third of its length in edits, one at least; undefined when none is. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate);
    if (
      edits <= Math.max(1, Math.floor(candidate.length / 3)) &&
      (best === undefined || edits < best.edits)
    ) {
      best = { candidate, edits };
    }
  }
  return best?.candidate;
}

/** Damerau's distance: two letters in the wrong order are one edit. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, replaced);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) edits = Math.min(edits, rows[i - 2]![j - 2]! + 1);
      row.push(edits);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
