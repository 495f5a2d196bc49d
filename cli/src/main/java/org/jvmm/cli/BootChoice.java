package org.jvmm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.guests.PackageFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.pc.PcConfig;

/**
 * Decides what boots: the user's kernel, the firmware where there is a drive, or a guest made from
 * Debian's packages.
 *
 * @param kernel or null
 * @param rom the firmware's image, or null where the kernel is entered directly
 */
record BootChoice(PcConfig.Boot kernel, Path rom) {
  /**
   * A panic resets at once, so that it ends in an exit status; only warnings slow the serial
   * console down.
   */
  private static final String GUEST_APPEND = " panic=-1 quiet";

  static BootChoice of(Options options, List<DriveConfig> drives) {
    String append = options.append == null ? "" : options.append;
    boolean byFirmware = options.firmware.bios != null;
    if (options.kernel != null) {
      PcConfig.Boot kernel = new PcConfig.Boot(options.kernel, options.initrd, append);
      return new BootChoice(kernel, byFirmware ? rom(options) : null);
    }
    if (options.initrd != null) {
      throw new UsageException("-initrd needs -kernel");
    }
    if (options.guest == null && (byFirmware || !drives.isEmpty())) {
      return new BootChoice(null, rom(options));
    }
    GuestImage guest = guest(options);
    return new BootChoice(
        new PcConfig.Boot(
            guest.kernel(),
            guest.initrd(),
            "%s%s %s".formatted(guest.append(), GUEST_APPEND, append).trim()),
        null);
  }

  private static Path rom(Options options) {
    String bios = options.firmware.bios;
    if (bios != null && !bios.equals(FirmwareOptions.DEFAULT_BIOS)) {
      return Path.of(bios);
    }
    return made("SeaBIOS", () -> catalog(options).file(PackageFile.SEABIOS, progress()));
  }

  private static GuestImage guest(Options options) {
    String name = options.guest == null ? GuestRecipe.all().get(0).name() : options.guest;
    GuestRecipe recipe =
        GuestRecipe.byName(name)
            .orElseThrow(
                () ->
                    new UsageException(
                        "-guest %s: not known; there are %s".formatted(name, names())));
    return made("the guest " + name, () -> catalog(options).provide(recipe, progress()));
  }

  private interface Maker<T> {
    T make() throws IOException;
  }

  private static <T> T made(String what, Maker<T> maker) {
    try {
      return maker.make();
    } catch (GuestException e) {
      throw new UsageException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UsageException("cannot make %s: %s".formatted(what, e.getMessage()), e);
    }
  }

  private static GuestCatalog catalog(Options options) {
    return GuestCatalog.ofHost(Optional.ofNullable(options.mirror));
  }

  private static TerminalProgress progress() {
    return new TerminalProgress(System.err, System.console() != null);
  }

  private static String names() {
    return GuestRecipe.all().stream().map(GuestRecipe::name).collect(Collectors.joining(", "));
  }
}
