package org.jvmm.cli;

/**
 * What the machine does when the guest resets or powers off, by {@code -no-reboot}, {@code
 * -no-shutdown} and {@code -action}.
 *
 * @param endsAtReset whether a reset ends it
 * @param staysAtPowerOff whether it is paused instead of ended
 */
record ActionOption(boolean endsAtReset, boolean staysAtPowerOff) {
  static ActionOption of(Options options) {
    boolean ends = options.noReboot;
    boolean stays = options.noShutdown;
    for (String text : options.actions) {
      SubOptions action = new SubOptions("-action", text, null);
      String reboot = action.take("reboot");
      String shutdown = action.take("shutdown");
      action.end();
      if (reboot != null) {
        ends = isSecond(action, "reboot", reboot, "reset", "shutdown");
      }
      if (shutdown != null) {
        stays = isSecond(action, "shutdown", shutdown, "poweroff", "pause");
      }
    }
    return new ActionOption(ends, stays);
  }

  private static boolean isSecond(
      SubOptions action, String key, String value, String first, String second) {
    if (!value.equals(first) && !value.equals(second)) {
      throw action.fault("%s is %s or %s", key, first, second);
    }
    return value.equals(second);
  }
}
