package org.jvmm.guests.debian;

import java.net.URI;

/**
 * What an index says about one package.
 *
 * @param name package name
 * @param version version
 * @param depends Pre-Depends and Depends, as written
 * @param provides Provides, as written
 * @param uri where the .deb is
 * @param size its size in bytes
 * @param sha256 its hash
 */
public record PackageRecord(
    String name,
    String version,
    String depends,
    String provides,
    URI uri,
    long size,
    String sha256) {

  @Override
  public String toString() {
    return name + " " + version;
  }
}
