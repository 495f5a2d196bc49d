/**
 * A small client of Debian repositories, without root and without apt: {@link
 * org.jvmm.guests.debian.AptConfiguration} says where packages come from, {@link
 * org.jvmm.guests.debian.Archive} reads the signed indices and fetches packages, {@link
 * org.jvmm.guests.debian.Resolver} adds their dependencies, {@link org.jvmm.guests.debian.DebFile}
 * unpacks them.
 *
 * <p>Sources: Debian Policy 5 and 7, deb(5), sources.list(5), apt.conf(5), and the wiki page
 * DebianRepository/Format.
 */
package org.jvmm.guests.debian;
