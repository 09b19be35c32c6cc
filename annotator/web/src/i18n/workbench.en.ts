/** English texts of the workbench (player, scene, timeline, editor). Keys begin with `wb.`. */
export const workbenchEn = {
  "wb.play": "Play",
} as const;
