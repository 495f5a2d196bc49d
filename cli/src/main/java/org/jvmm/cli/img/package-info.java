/**
 * {@code jvmm img}: qemu-img's commands, options, output and exit statuses. {@link
 * org.jvmm.cli.img.Img} chooses a command; a class named ...Command is one.
 */
package org.jvmm.cli.img;
