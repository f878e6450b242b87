/** Which files unitlint judges: it goes by their names, whatever language an editor takes them for. */
const TYPES = "{service,socket,target,device,mount,automount,swap,timer,path,slice,scope}";

/** `systemctl edit` opens a file under a name that ends with so many hexadecimal digits. */
const EDITED = "?".repeat(16);

/** What the language of the editor does not know by an extension. */
export const OTHER_NAMES = [
  `**/*.${TYPES}.d/*.conf`,
  `**/${TYPES}.d/*.conf`,
  "**/portable/profile/*/service.conf",
  `**/.#*.${TYPES}${EDITED}`,
  `**/*.${TYPES}.d/.#*.conf${EDITED}`,
  `**/${TYPES}.d/.#*.conf${EDITED}`,
];

export const FILES = [`**/*.${TYPES}`, ...OTHER_NAMES, "**/unitlint.toml"];

/** Whether a file is what an action of the server makes. */
export function isMade(path: string): boolean {
  return /\.d\/(override|50-unitlint)\.conf$/.test(path);
}
