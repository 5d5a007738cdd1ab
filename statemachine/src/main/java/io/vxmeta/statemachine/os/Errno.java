package io.vxmeta.statemachine.os;

/// The error number of a system call, named; 0 is success.
record Errno(int number) {

  static final Errno OK = new Errno(0);

  static final Errno EINVAL = new Errno(22);

  /// No such call on this system.
  static final Errno ENOSYS = new Errno(38);

  boolean ok() {
    return number == 0;
  }

  /// The name that Linux gives the number, on all processors we run on.
  String symbol() {
    return switch (number) {
      case 0 -> "OK";
      case 1 -> "EPERM";
      case 3 -> "ESRCH";
      case 4 -> "EINTR";
      case 5 -> "EIO";
      case 9 -> "EBADF";
      case 11 -> "EAGAIN";
      case 12 -> "ENOMEM";
      case 13 -> "EACCES";
      case 14 -> "EFAULT";
      case 16 -> "EBUSY";
      case 22 -> "EINVAL";
      case 25 -> "ENOTTY";
      case 27 -> "EFBIG";
      case 28 -> "ENOSPC";
      case 38 -> "ENOSYS";
      case 95 -> "EOPNOTSUPP";
      case 122 -> "EDQUOT";
      case 133 -> "EHWPOISON";
      default -> "E" + number;
    };
  }
}
