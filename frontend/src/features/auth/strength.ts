/** A rough idea of how hard a password is to guess; the server decides what it accepts. */
export type Strength = "weak" | "fair" | "strong";

export function strength(password: string): Strength {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password)).length;
  const distinct = new Set(password).size;
  if (password.length < 10 || distinct < 6) return "weak";
  if (password.length >= 16 || (password.length >= 12 && kinds >= 3)) return "strong";
  return "fair";
}
