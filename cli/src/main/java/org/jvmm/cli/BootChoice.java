package org.jvmm.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.pc.PcConfig;

/** Decides what boots: the user's kernel, or a guest made from Debian's packages. */
final class BootChoice {
  /**
   * A panic resets at once, so that it ends in an exit status; only warnings slow the serial
   * console down.
   */
  private static final String GUEST_APPEND = " panic=-1 quiet";

  private BootChoice() {}

  static PcConfig.Boot of(Options options) {
    String append = options.append == null ? "" : options.append;
    if (options.kernel != null) {
      return new PcConfig.Boot(options.kernel, options.initrd, append);
    }
    if (options.initrd != null) {
      throw new UsageException("-initrd needs -kernel");
    }
    GuestImage guest = guest(options);
    return new PcConfig.Boot(
        guest.kernel(),
        guest.initrd(),
        "%s%s %s".formatted(guest.append(), GUEST_APPEND, append).trim());
  }

  private static GuestImage guest(Options options) {
    GuestRecipe recipe =
        GuestRecipe.byName(options.guest)
            .orElseThrow(
                () ->
                    new UsageException(
                        "-guest %s: not known; there are %s".formatted(options.guest, names())));
    TerminalProgress progress = new TerminalProgress(System.err, System.console() != null);
    try {
      return GuestCatalog.ofHost(Optional.ofNullable(options.mirror)).provide(recipe, progress);
    } catch (GuestException e) {
      throw new UsageException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UsageException(
          "cannot make the guest %s: %s".formatted(recipe.name(), e.getMessage()), e);
    }
  }

  private static String names() {
    return GuestRecipe.all().stream().map(GuestRecipe::name).collect(Collectors.joining(", "));
  }
}
