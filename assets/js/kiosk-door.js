// A wall's way in: hands the token behind the # of the address to the server, which keeps it in a cookie.

(() => {
  "use strict";

  const AGAIN_MS = 5000;
  const REFUSED_MS = 60000;

  /** @param {HTMLElement} place */
  async function enter(place) {
    let wait = AGAIN_MS;
    const token = decodeURIComponent(location.hash.slice(1));
    try {
      const answer = await fetch("/kiosk/enter", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ token }),
      });
      if (answer.status === 204) {
        location.replace("/");
        return;
      }
      place.textContent = place.dataset.failed || "";
      if (answer.status === 401) wait = REFUSED_MS;
    } catch {
      // the server is not there yet; a wall has nobody to press a key
    }
    setTimeout(enter, wait, place);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("kiosk-door");
    if (place) enter(place);
  });
})();
