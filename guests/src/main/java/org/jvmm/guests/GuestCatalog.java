package org.jvmm.guests;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;
import org.jvmm.guests.debian.AptConfiguration;
import org.jvmm.guests.debian.Archive;
import org.jvmm.guests.debian.PackageIndex;
import org.jvmm.guests.debian.PackageRecord;
import org.jvmm.guests.debian.Resolver;
import org.jvmm.guests.fetch.ContentStore;
import org.jvmm.guests.fetch.Digest;
import org.jvmm.guests.fetch.Downloader;
import org.jvmm.guests.fetch.ProgressSink;
import org.jvmm.guests.fetch.Proxies;
import org.jvmm.guests.fetch.StaleMirrorException;
import org.jvmm.guests.initramfs.CpioWriter;
import org.jvmm.guests.initramfs.FileTree;
import org.jvmm.guests.initramfs.KernelPackage;

/**
 * Provides guests. What was made once is taken from the cache, with no look at the network, until
 * {@link #refresh} asks the mirrors for newer packages.
 *
 * <p>Layout of the cache: blobs/HASH (packages and indices), partial/HASH (begun downloads),
 * releases/ (verified Release files), files/HASH/ (single files of packages),
 * images/RECIPE-HASH/VERSIONS-HASH/ (kernel, initrd and their description) and
 * images/RECIPE-HASH/current, which names the newest of them.
 */
public final class GuestCatalog {
  /** Part of a recipe's hash: count up when the same recipe gives another image. */
  private static final int FORMAT = 1;

  private static final Predicate<String> KERNEL_PARTS =
      name -> name.matches("linux-(image|modules|binary)-.*");

  private final ContentStore store;
  private final Map<String, String> environment;
  private final Path root;
  private final Optional<String> mirror;

  /**
   * @param store the cache
   * @param environment the process environment: proxies and PATH
   * @param root where the host's etc/apt is; {@code /} outside of tests
   * @param mirror "URL" or "URL SUITE" in place of the host's apt sources
   */
  public GuestCatalog(
      ContentStore store, Map<String, String> environment, Path root, Optional<String> mirror) {
    this.store = store;
    this.environment = environment;
    this.root = root;
    this.mirror = mirror;
  }

  /** The catalog of this host and user. */
  public static GuestCatalog ofHost(Optional<String> mirror) {
    Map<String, String> environment = System.getenv();
    Path cache = ContentStore.userCache(environment, System.getProperty("user.home"));
    return new GuestCatalog(new ContentStore(cache), environment, Path.of("/"), mirror);
  }

  /**
   * The guest, made first if the cache does not have it.
   *
   * @throws org.jvmm.guests.fetch.GuestException with one line for the user
   */
  public GuestImage provide(GuestRecipe recipe, ProgressSink progress) throws IOException {
    Optional<GuestImage> ready = find(recipe);
    if (ready.isPresent()) {
      return ready.get();
    }
    return store.exclusively(
        progress,
        () -> {
          Optional<GuestImage> madeMeanwhile = find(recipe);
          return madeMeanwhile.isPresent() ? madeMeanwhile.get() : make(recipe, false, progress);
        });
  }

  /** The guest from the newest packages that the mirrors have now. */
  public GuestImage refresh(GuestRecipe recipe, ProgressSink progress) throws IOException {
    return store.exclusively(progress, () -> make(recipe, true, progress));
  }

  /**
   * Files of packages, verified, with no dependencies: firmware, for one.
   *
   * @param architecture Debian's name of it
   */
  public List<Path> packages(String architecture, List<String> names, ProgressSink progress)
      throws IOException {
    return store.exclusively(
        progress,
        () ->
            withIndex(
                false,
                progress,
                archive -> {
                  PackageIndex index = archive.index(architecture);
                  var found = new Resolver(index, name -> false).resolve(names);
                  return List.copyOf(archive.fetch(found).values());
                }));
  }

  /**
   * One file of a package, taken out of it once and kept.
   *
   * @throws org.jvmm.guests.fetch.GuestException with one line for the user
   */
  public Path file(PackageFile wanted, ProgressSink progress) throws IOException {
    String hash = Digest.ofText(wanted + "\n" + mirror).substring(0, 12);
    Path kept = store.root().resolve("files").resolve(hash).resolve(wanted.fileName());
    if (!Files.exists(kept)) {
      Path deb = packages(wanted.architecture(), List.of(wanted.packageName()), progress).get(0);
      store.write(kept, wanted.takeFrom(deb));
    }
    return kept;
  }

  private GuestImage make(GuestRecipe recipe, boolean refresh, ProgressSink progress)
      throws IOException {
    return withIndex(
        refresh,
        progress,
        archive -> {
          PackageIndex index = archive.index(recipe.architecture());
          var kernel = new Resolver(index, KERNEL_PARTS).resolve(List.of(recipe.kernelPackage()));
          var userland = new Resolver(index, name -> true).resolve(recipe.packages());
          List<PackageRecord> all = new ArrayList<>(kernel);
          all.addAll(userland);
          Path directory = directory(recipe).resolve(versions(all));
          Optional<GuestImage> same = read(recipe, directory);
          if (same.isPresent()) {
            select(recipe, directory);
            return same.get();
          }
          Map<PackageRecord, Path> files = archive.fetch(all);
          return build(
              recipe,
              directory,
              kernel.stream().map(files::get).toList(),
              userland.stream().map(files::get).toList(),
              all.stream().map(PackageRecord::toString).toList(),
              progress);
        });
  }

  private interface Work<T> {
    T run(Archive archive) throws IOException;
  }

  /** Kept indices may name files that the mirror has replaced: then it is asked once more. */
  private <T> T withIndex(boolean refresh, ProgressSink progress, Work<T> work) throws IOException {
    AptConfiguration apt =
        mirror.isPresent()
            ? AptConfiguration.ofMirror(root, mirror.get())
            : AptConfiguration.ofHost(root);
    var downloader = new Downloader(new Proxies(apt.settings(), environment));
    String path = environment.getOrDefault("PATH", "");
    Archive archive = new Archive(apt, downloader, store, path, progress);
    if (refresh) {
      archive.refresh();
    }
    try {
      return work.run(archive);
    } catch (StaleMirrorException e) {
      if (refresh) {
        throw e;
      }
      progress.note("the mirror has changed: reading its index again");
      archive.refresh();
      return work.run(archive);
    } finally {
      System.gc(); // an index leaves most of a GiB of garbage, and now a machine may run for days
    }
  }

  private GuestImage build(
      GuestRecipe recipe,
      Path directory,
      Collection<Path> kernelDebs,
      Collection<Path> userland,
      List<String> packages,
      ProgressSink progress)
      throws IOException {
    Files.createDirectories(directory);
    try (var kernel = KernelPackage.open(kernelDebs, directory, progress)) {
      FileTree tree = InitramfsRecipe.tree(userland);
      kernel.install(recipe.modules(), tree);
      store.write(directory.resolve("vmlinuz"), kernel.image());
      store.write(directory.resolve("initrd"), out -> CpioWriter.write(tree, out));
      GuestImage image =
          new GuestImage(
              recipe.name(),
              directory.resolve("vmlinuz"),
              directory.resolve("initrd"),
              recipe.append(),
              kernel.release(),
              Digest.ofFile(directory.resolve("vmlinuz")),
              Digest.ofFile(directory.resolve("initrd")),
              packages);
      store.write(directory.resolve("guest.properties"), describe(image));
      select(recipe, directory);
      return image;
    }
  }

  private Optional<GuestImage> find(GuestRecipe recipe) throws IOException {
    Path current = directory(recipe).resolve("current");
    if (!Files.exists(current)) {
      return Optional.empty();
    }
    return read(recipe, directory(recipe).resolve(Files.readString(current).strip()));
  }

  private void select(GuestRecipe recipe, Path directory) throws IOException {
    byte[] name = directory.getFileName().toString().getBytes(StandardCharsets.UTF_8);
    store.write(directory(recipe).resolve("current"), name);
  }

  private Path directory(GuestRecipe recipe) {
    String text = FORMAT + "\n" + recipe + "\n" + mirror + "\n" + InitramfsRecipe.scripts();
    String hash = Digest.ofText(text).substring(0, 12);
    return store.root().resolve("images").resolve(recipe.name() + "-" + hash);
  }

  private static String versions(List<PackageRecord> packages) {
    StringBuilder text = new StringBuilder();
    packages.forEach(p -> text.append(p).append(' ').append(p.sha256()).append('\n'));
    return Digest.ofText(text.toString()).substring(0, 12);
  }

  private static byte[] describe(GuestImage image) throws IOException {
    String text =
        """
        release=%s
        kernel.sha256=%s
        kernel.size=%d
        initrd.sha256=%s
        initrd.size=%d
        packages=%s
        """
            .formatted(
                image.release(),
                image.kernelSha256(),
                Files.size(image.kernel()),
                image.initrdSha256(),
                Files.size(image.initrd()),
                String.join(", ", image.packages()));
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The image in a directory; empty when something is missing or cut short. */
  private static Optional<GuestImage> read(GuestRecipe recipe, Path directory) throws IOException {
    Path description = directory.resolve("guest.properties");
    Path kernel = directory.resolve("vmlinuz");
    Path initrd = directory.resolve("initrd");
    if (!Files.exists(description) || !Files.exists(kernel) || !Files.exists(initrd)) {
      return Optional.empty();
    }
    Properties p = new Properties();
    p.load(new StringReader(Files.readString(description, StandardCharsets.ISO_8859_1)));
    boolean whole =
        String.valueOf(Files.size(kernel)).equals(p.getProperty("kernel.size"))
            && String.valueOf(Files.size(initrd)).equals(p.getProperty("initrd.size"));
    if (!whole) {
      return Optional.empty();
    }
    return Optional.of(
        new GuestImage(
            recipe.name(),
            kernel,
            initrd,
            recipe.append(),
            p.getProperty("release"),
            p.getProperty("kernel.sha256"),
            p.getProperty("initrd.sha256"),
            List.of(p.getProperty("packages", "").split(", "))));
  }
}
