/** Host ends of character devices. What reads the user's keys lives in the command line. */
package org.jvmm.console;
