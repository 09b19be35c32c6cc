export function Segments() { return null; }
