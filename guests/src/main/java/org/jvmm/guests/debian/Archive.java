package org.jvmm.guests.debian;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jvmm.guests.fetch.ContentStore;
import org.jvmm.guests.fetch.Digest;
import org.jvmm.guests.fetch.Downloader;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.ProgressSink;
import org.jvmm.guests.fetch.StaleMirrorException;
import org.tukaani.xz.XZInputStream;

/**
 * The configured repositories as one set of packages. Verified Release files are kept; as long as
 * they are, no mirror is asked for anything that the store has.
 */
public final class Archive {
  private static final int MAX_RELEASE_BYTES = 8 << 20;
  private static final String MAIN = "main";

  private final AptConfiguration apt;
  private final Downloader downloader;
  private final ContentStore store;
  private final ProgressSink progress;
  private final Signatures signatures;
  private boolean refreshed;

  /**
   * @param searchPath the PATH to look for gpgv in
   */
  public Archive(
      AptConfiguration apt,
      Downloader downloader,
      ContentStore store,
      String searchPath,
      ProgressSink progress) {
    this.apt = apt;
    this.downloader = downloader;
    this.store = store;
    this.progress = progress;
    this.signatures = new Signatures(searchPath, apt.trustedKeys(), progress);
  }

  /** Forgets the kept Release files, so that the mirrors are asked for newer ones. */
  public void refresh() {
    refreshed = true;
  }

  /** The packages of an architecture from every configured suite that has it. */
  public PackageIndex index(String architecture) throws IOException {
    PackageIndex index = new PackageIndex();
    for (Source source : apt.sources()) {
      if (source.serves(architecture)) {
        try {
          add(index, source, architecture);
        } catch (StaleMirrorException e) { // apt goes on without such a suite, too
          progress.note("left out: " + e.getMessage());
        }
      }
    }
    if (index.size() == 0) {
      throw new GuestException(
          "none of the apt sources %s has packages for %s".formatted(apt.sources(), architecture));
    }
    return index;
  }

  /** The packages' files, verified, in the same order. */
  public Map<PackageRecord, Path> fetch(List<PackageRecord> packages) throws IOException {
    Map<PackageRecord, Path> files = new LinkedHashMap<>();
    for (PackageRecord p : packages) {
      var expected = new Downloader.Expected(p.sha256(), p.size());
      files.put(p, store.fetch(downloader, p.uri(), expected, p.toString(), progress));
    }
    return files;
  }

  private void add(PackageIndex index, Source source, String architecture) throws IOException {
    Release release = release(source);
    if (release.notAutomatic() || !release.serves(architecture)) {
      return;
    }
    List<String> components =
        source.components().contains(MAIN) ? List.of(MAIN) : source.components();
    for (String component : components) {
      addPackages(index, source, release, component + "/binary-" + architecture + "/Packages");
      if (release.separatesArchitectureAll()) {
        addPackages(index, source, release, component + "/binary-all/Packages");
      }
    }
  }

  private void addPackages(PackageIndex index, Source source, Release release, String path)
      throws IOException {
    for (String suffix : List.of(".xz", ".gz", "")) {
      var expected = release.file(path + suffix);
      if (expected.isPresent()) {
        Path file = fetchIndex(source, release, path + suffix, expected.get());
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
            InputStream plain = unpack(raw, suffix)) {
          index.add(plain, source.uri());
        }
        return;
      }
    }
  }

  private Path fetchIndex(Source source, Release release, String path, Downloader.Expected expected)
      throws IOException {
    String what =
        "index of %s (%s)".formatted(source.suite(), path.replaceAll(".*binary-|/.*", ""));
    String directory = path.substring(0, path.lastIndexOf('/') + 1);
    if (release.byHash()) {
      try {
        URI uri = source.dist(directory + "by-hash/SHA256/" + expected.sha256());
        return store.fetch(downloader, uri, expected, what, progress);
      } catch (StaleMirrorException e) {
        // Some mirrors announce files by hash and have none: the plain name may do.
      }
    }
    return store.fetch(downloader, source.dist(path), expected, what, progress);
  }

  private static InputStream unpack(InputStream in, String suffix) throws IOException {
    return switch (suffix) {
      case ".xz" -> new XZInputStream(in);
      case ".gz" -> new GZIPInputStream(in);
      default -> in;
    };
  }

  private Release release(Source source) throws IOException {
    Path kept = store.root().resolve("releases").resolve(Digest.ofText(source.toString()));
    if (Files.exists(kept) && !refreshed) {
      return Release.parse(Files.readString(kept));
    }
    progress.note("reading " + source);
    String text = fetchRelease(source);
    Release release = Release.parse(text);
    if (release.expired(Instant.now()) && apt.checksValidUntil(source)) {
      throw new GuestException("%s: its Release file has expired".formatted(source));
    }
    store.write(kept, text.getBytes(StandardCharsets.UTF_8));
    return release;
  }

  private String fetchRelease(Source source) throws IOException {
    try {
      URI uri = source.dist("InRelease");
      return signatures.verified(downloader.fetchSmall(uri, MAX_RELEASE_BYTES), source);
    } catch (StaleMirrorException e) {
      byte[] text = downloader.fetchSmall(source.dist("Release"), MAX_RELEASE_BYTES);
      byte[] signature = downloader.fetchSmall(source.dist("Release.gpg"), MAX_RELEASE_BYTES);
      return signatures.verified(text, signature, source);
    }
  }
}
