package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.jvmm.guests.fetch.GuestException;

class ReleaseTest {
  private static final String HASH =
      "515e692f2c4121c6fcec444ef100cc18f79a991910615f3a88c8b7becfc94d2f";
  private static final String TEXT =
      """
      Origin: Debian
      Suite: stable
      Valid-Until: Sat, 11 Jul 2026 10:16:37 UTC
      Acquire-By-Hash: yes
      No-Support-for-Architecture-all: Packages
      Architectures: all amd64 i386
      MD5Sum:
       f230d61720e789abf5df55d6026230c6 50060337 main/binary-amd64/Packages
      SHA256:
       %s 50060337 main/binary-amd64/Packages
      """
          .formatted(HASH);

  @Test
  void hashesAndSizesAreReadFromTheSha256List() throws IOException {
    var file = Release.parse(TEXT).file("main/binary-amd64/Packages").orElseThrow();
    assertEquals(HASH, file.sha256());
    assertEquals(50060337, file.size());
  }

  @Test
  void fieldsAnswerWhatTheRepositoryOffers() throws IOException {
    Release release = Release.parse(TEXT);
    assertTrue(release.byHash());
    assertTrue(release.serves("i386"));
    assertFalse(release.serves("arm64"));
    assertFalse(release.separatesArchitectureAll());
    assertFalse(release.notAutomatic());
  }

  @Test
  void expiryIsTakenFromValidUntil() throws IOException {
    Release release = Release.parse(TEXT);
    assertFalse(release.expired(Instant.parse("2026-07-11T10:16:36Z")));
    assertTrue(release.expired(Instant.parse("2026-07-11T10:16:38Z")));
  }

  @Test
  void aFileWithoutSha256IsRefused() {
    assertThrows(GuestException.class, () -> Release.parse("Origin: old\nMD5Sum:\n x 1 y\n"));
  }
}
