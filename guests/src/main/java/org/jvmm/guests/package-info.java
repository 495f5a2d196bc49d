/**
 * The default Linux guest, made by recipe from Debian packages: {@link
 * org.jvmm.guests.GuestCatalog} turns a {@link org.jvmm.guests.GuestRecipe} into a kernel and an
 * initramfs, without root, and keeps them in the user's cache.
 */
package org.jvmm.guests;
