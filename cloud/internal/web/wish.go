package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// wish passes on what a buyer asks about their own data: who has the order's page is who got its mail. The organizer
// answers to the order's mail address, so that nothing is told to somebody who has only found the page.
func (s *shop) wish(c *gin.Context) {
	b, err := s.open(c.Request.Context(), c.Param("secret"))
	if err == nil && s.Wish == nil {
		err = errNoPage
	}
	if err == nil {
		err = s.Wish(c.Request.Context(), b.order.Organizer, b.order.Buyer.Email, c.PostForm("wish") == "erase")
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/order/"+b.order.Secret+"?wished=1#data")
}
