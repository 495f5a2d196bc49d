package org.jvmm.guests.debian;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jvmm.guests.fetch.Digest;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** A repository in a directory, unsigned: a source of it must be marked trusted. */
public final class FakeRepository {
  private final Path root;
  private final Map<String, String> paragraphs = new LinkedHashMap<>();

  public FakeRepository(Path root) {
    this.root = root;
  }

  public Path root() {
    return root;
  }

  /** Adds or replaces a package; {@code fields} are whole lines such as Depends. */
  public FakeRepository add(String name, String version, DebBuilder content, String... fields)
      throws IOException {
    String path = "pool/%s_%s.deb".formatted(name, version);
    Path deb = content.write(root.resolve(path));
    StringBuilder text = new StringBuilder("Package: " + name + "\nVersion: " + version + "\n");
    for (String field : fields) {
      text.append(field).append('\n');
    }
    text.append(
        "Filename: %s\nSize: %d\nSHA256: %s\n"
            .formatted(path, Files.size(deb), Digest.ofFile(deb)));
    paragraphs.put(name, text.toString());
    return this;
  }

  /** Writes the indices of a suite with what has been added. */
  public void publish(String suite, String... moreFields) throws IOException {
    byte[] plain = String.join("\n", paragraphs.values()).getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new XZOutputStream(packed, new LZMA2Options(1))) {
      out.write(plain);
    }
    Path dist = root.resolve("dists").resolve(suite);
    Path index = dist.resolve("main/binary-amd64/Packages.xz");
    Files.createDirectories(index.getParent());
    Files.write(index, packed.toByteArray());
    String release =
        "Suite: %s\nArchitectures: amd64\n%sSHA256:\n %s %d main/binary-amd64/Packages.xz\n"
            .formatted(
                suite,
                moreFields.length == 0 ? "" : String.join("\n", moreFields) + "\n",
                Digest.ofFile(index),
                Files.size(index));
    String message =
        """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        %s-----BEGIN PGP SIGNATURE-----

        none
        -----END PGP SIGNATURE-----
        """;
    Files.writeString(dist.resolve("InRelease"), message.formatted(release));
  }
}
