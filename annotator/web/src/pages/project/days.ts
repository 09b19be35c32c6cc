// Days that people choose, and the moments that they mean where those people are. No day: the empty text.

/** "2026-03-29" of a moment; `before`: of the day that it ends, where it is the midnight after. */
export function dayOf(moment: string | null, before = false): string {
  if (moment === null) return "";
  const at = new Date(new Date(moment).getTime() - (before ? 1 : 0));
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function startOfDay(day: string): string | null {
  return midnight(day, 0);
}

/** The midnight after: days have 23 to 25 hours. */
export function endOfDay(day: string): string | null {
  return midnight(day, 1);
}

function midnight(day: string, later: number): string | null {
  // As text: of numbers, the year 2 of somebody who types 2026 would be 1902.
  const at = new Date(`${day}T00:00`);
  if (Number.isNaN(at.getTime())) return null;
  at.setDate(at.getDate() + later);
  return at.toISOString();
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
